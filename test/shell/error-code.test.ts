import { expect, test } from 'vitest'
import { errorCode } from '../../src/shell/error-code.ts'

test("the operating system's word, or UNKNOWN", () => {
  expect(errorCode(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED')
  expect(errorCode(new Error('x'))).toBe('UNKNOWN')
  expect(errorCode(Object.assign(new Error('x'), { code: 7 }))).toBe('UNKNOWN')
  expect(errorCode('ECONNREFUSED')).toBe('UNKNOWN')
})
