import { describe, expect, test } from 'vitest'
import {
  checked,
  foreign,
  lastErrno,
  library,
  SystemCallError,
} from '../../../src/shell/native/libc.ts'

describe('the C library', () => {
  test('a function can be called', () => {
    const getpid = library('libc.so.6').func('int getpid()')
    expect(getpid()).toBe(process.pid)
  })

  test('a failed call is an error with the name of its errno', () => {
    const close = library('libc.so.6').func('int close(int)')
    const call = (): number => checked('close', close(-1) as number)
    expect(call).toThrow(SystemCallError)
    expect(call).toThrow('close: EBADF')
  })

  test('a result that is not negative is passed on', () => {
    expect(checked('read', 0)).toBe(0)
    expect(checked('read', 7)).toBe(7)
  })

  test('an errno without a name is shown as a number', () => {
    foreign().errno(4_000)
    expect(lastErrno()).toBe('errno 4000')
  })

  test('a library that is not installed is an error', () => {
    expect(() => library('libnothing.so.99')).toThrow()
  })
})
