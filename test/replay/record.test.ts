import { expect, test } from 'vitest'
import { connectionOf, isCaptureRecord } from '../../src/replay/record.ts'

test('tells what only a capture can say from what a packet log says', () => {
  expect(isCaptureRecord({ type: 'capture.end', packets: 0, bytes: 0, sessions: 0 })).toBe(true)
  expect(isCaptureRecord({ type: 'log.stop' })).toBe(false)
})

test('behind a gap it is still the same control connection', () => {
  expect([connectionOf('r2.3'), connectionOf('r2')]).toEqual(['r2', 'r2'])
})
