import { expect, onTestFinished, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import { ip } from '../../../src/net/ip.ts'
import { type Port, portRange } from '../../../src/net/port.ts'
import { SharedRanges } from '../../../src/shell/workers/shared-ranges.ts'
import { freePort } from '../../support/proxy-in-process.ts'

async function shared() {
  const ranges = new SharedRanges((socket) => socket.destroy())
  onTestFinished(() => ranges.closeAll())
  const at = await freePort('127.0.0.1')
  const rangeOf = (session: string) => ({
    id: pinholeId(sessionId(session), 0),
    address: ip('127.0.0.1'),
    ports: portRange(at, at),
  })
  const open = (worker: number, session: string): Promise<readonly Port[]> =>
    new Promise((resolve) => ranges.open(worker, rangeOf(session), resolve))
  return { ranges, open, rangeOf }
}

test('one listener for all workers, until the last wants it no more', async () => {
  const { ranges, open, rangeOf } = await shared()
  expect(await open(1, 'a.1-1')).toEqual([])
  expect(await open(2, 'a.2-1')).toEqual([])
  expect(ranges.size).toBe(1)
  ranges.close(1, rangeOf('a.1-1'))
  ranges.close(1, rangeOf('a.1-1'))
  ranges.close(1, rangeOf('a.2-1'))
  expect(ranges.size).toBe(1)
  ranges.close(2, rangeOf('a.2-1'))
  expect(ranges.size).toBe(0)
})

test('what a dead worker wanted is wanted no more, and nothing of others is closed', async () => {
  const { ranges, open } = await shared()
  await open(1, 'a.1-1')
  await open(1, 'a.1-2')
  await open(2, 'a.2-1')
  ranges.closeAllOf(1)
  expect(ranges.size).toBe(1)
  ranges.closeAllOf(2)
  ranges.closeAllOf(2)
  expect(ranges.size).toBe(0)
})
