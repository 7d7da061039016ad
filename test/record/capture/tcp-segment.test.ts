import { expect, test } from 'vitest'
import { addressOf, emptySegment } from '../../../src/record/capture/tcp-segment.ts'

test('addresses out of words', () => {
  const { source } = emptySegment()
  source[0] = 0xc6336414
  expect(addressOf(source, false)).toBe('198.51.100.20')
  source.set([0x20010db8, 0, 0, 0x10])
  expect(addressOf(source, true)).toBe('2001:db8::10')
})
