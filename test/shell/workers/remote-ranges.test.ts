import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import { ip } from '../../../src/net/ip.ts'
import { port, portRange } from '../../../src/net/port.ts'
import type { ToPrimary } from '../../../src/shell/workers/protocol.ts'
import { RemoteRanges } from '../../../src/shell/workers/remote-ranges.ts'
import { socketPair } from '../../support/sockets.ts'

const range = {
  id: pinholeId(sessionId('a.1-1'), 0),
  address: ip('192.0.2.1'),
  ports: portRange(2000, 2009),
}

test('the primary is asked, and its answer is given once', () => {
  const sent: ToPrimary[] = []
  const answers: unknown[] = []
  const ranges = new RemoteRanges((message) => sent.push(message))
  ranges.open(range, (missing) => answers.push(missing))
  expect(answers).toEqual([])
  ranges.opened(range.id, [port(2003)])
  ranges.opened(range.id, [])
  ranges.close(range)
  expect(answers).toEqual([[2003]])
  expect(sent).toEqual([
    { type: 'openRange', range },
    { type: 'closeRange', range },
  ])
})

test('who comes goes to whom it is for; to nobody, and the connection is closed', async () => {
  const ranges = new RemoteRanges(() => undefined)
  const [early, late] = [await socketPair(), await socketPair()]
  ranges.connected(early.accepted)
  expect(early.accepted.destroyed).toBe(true)
  const taken: unknown[] = []
  ranges.for((socket) => taken.push(socket)).connected(late.accepted)
  expect(taken).toEqual([late.accepted])
  for (const { accepted, dialed } of [early, late]) {
    accepted.destroy()
    dialed.destroy()
  }
})
