import { expect, test } from 'vitest'
import { emptyPacket } from '../../../src/record/capture/packet.ts'

test('a packet to be filled in', () => {
  expect(emptyPacket()).toMatchObject({ start: 0, end: 0, wireLength: 0, time: 0 })
})
