import { expect, test } from 'vitest'
import {
  BIG_ENDIAN,
  LITTLE_ENDIAN,
  u16be,
  u16le,
  u32be,
  u32le,
} from '../../../src/record/capture/byte-order.ts'

const BYTES = Uint8Array.of(0x81, 2, 3, 0xf4)

test('numbers without a sign, in both byte orders', () => {
  expect([u16be(BYTES, 0), u16le(BYTES, 0)]).toEqual([0x8102, 0x0281])
  expect([u32be(BYTES, 0), u32le(BYTES, 0)]).toEqual([0x810203f4, 0xf4030281])
  expect([BIG_ENDIAN.u32(BYTES, 0), LITTLE_ENDIAN.u16(BYTES, 2)]).toEqual([0x810203f4, 0xf403])
})

test('beyond the end there is nothing', () => {
  expect([u16be(BYTES, 4), u32le(BYTES, 2), u32be(BYTES, 3)]).toEqual([0, 0xf403, 0xf4000000])
})
