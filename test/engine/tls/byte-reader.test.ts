import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../../src/engine/tls/byte-reader.ts'
import { bytes } from './support/hello-bytes.ts'

describe('ByteReader', () => {
  test('reads numbers and vectors', () => {
    const reader = new ByteReader(bytes('01 0203 fffefd 02aabb 0001cc 000000'))
    expect([reader.u8(), reader.u16(), reader.u24()]).toEqual([1, 0x0203, 0xfffefd])
    expect([...reader.vector8()]).toEqual([0xaa, 0xbb])
    expect([...reader.vector16()]).toEqual([0xcc])
    expect(reader.isSpent).toBe(false)
    expect([...reader.vector24()]).toEqual([])
    expect(reader.isSpent).toBe(true)
  })

  test('past the end there is nothing, and that is remembered', () => {
    const reader = new ByteReader(bytes('05 aa'))
    expect([...reader.vector8()]).toEqual([])
    expect(reader.hasOverrun).toBe(true)
    expect(reader.remaining).toBe(0)
    expect(reader.isSpent).toBe(false)
    expect(reader.u16()).toBe(0)
  })

  test('half a number is none', () => {
    const reader = new ByteReader(bytes('ff'))
    expect(reader.u16()).toBe(0)
    expect(reader.hasOverrun).toBe(true)
  })
})
