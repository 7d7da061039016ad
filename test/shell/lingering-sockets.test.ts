import { onTestFinished, expect, test } from 'vitest'
import { LingeringSockets } from '../../src/shell/lingering-sockets.ts'
import { eventually } from '../support/proxy-in-process.ts'
import { readToEnd, type SocketPair, socketPair } from '../support/sockets.ts'

async function pair(): Promise<SocketPair> {
  const sockets = await socketPair()
  for (const socket of [sockets.accepted, sockets.dialed]) socket.on('error', () => undefined)
  onTestFinished(() => {
    sockets.accepted.destroy()
    sockets.dialed.destroy()
  })
  return sockets
}

test('what was said arrives, and a peer that closes is forgotten at once', async () => {
  const lingering = new LingeringSockets(2)
  const { accepted, dialed } = await pair()
  accepted.write('221 bye\r\n')
  lingering.end(accepted.resume())
  expect(lingering.size).toBe(1)
  expect(await readToEnd(dialed)).toBe('221 bye\r\n')
  await eventually(() => lingering.size === 0, 'closed by both')
})

test('R2 of more than the maximum, who has waited longest is cut off, and has got its last words', async () => {
  const lingering = new LingeringSockets(2)
  const pairs = [await pair(), await pair(), await pair(), await pair()]
  for (const { accepted } of pairs) {
    accepted.write('421 no\r\n')
    lingering.end(accepted.resume())
  }
  expect(lingering.size).toBe(2)
  expect(pairs.map(({ accepted }) => accepted.destroyed)).toEqual([true, true, false, false])
  for (const { dialed } of pairs) expect(await readToEnd(dialed)).toBe('421 no\r\n')
})
