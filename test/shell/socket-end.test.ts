import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { localEnd, peerEnd } from '../../src/shell/socket-end.ts'
import { socketPair } from '../support/sockets.ts'

test('both ends of a connection name each other, and nothing when it is gone', async () => {
  const { accepted, dialed } = await socketPair()
  expect(localEnd(accepted)).toEqual(peerEnd(dialed))
  expect(peerEnd(accepted)).toEqual(localEnd(dialed))
  accepted.destroy()
  dialed.destroy()
})

test('a socket that was never connected has no ends', () => {
  const socket = new Socket()
  expect(localEnd(socket)).toBeUndefined()
  expect(peerEnd(socket)).toBeUndefined()
})
