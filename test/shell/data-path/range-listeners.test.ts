import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import { ip } from '../../../src/net/ip.ts'
import { type Port, portRange } from '../../../src/net/port.ts'
import { PinholeListeners } from '../../../src/shell/data-path/pinhole-listeners.ts'
import { OwnRangeListeners } from '../../../src/shell/data-path/range-listeners.ts'
import { freePort } from '../../support/proxy-in-process.ts'

test('every port that can be had listens, and all are given up together', async () => {
  const listeners = new PinholeListeners((socket) => socket.destroy())
  onTestFinished(() => listeners.closeAll())
  const ranges = new OwnRangeListeners(listeners)
  const taken = createServer()
  const first = await freePort('127.0.0.1')
  await new Promise<void>((resolve) => taken.listen({ host: '127.0.0.1', port: first }, resolve))
  onTestFinished(() => void taken.close())
  const range = {
    id: pinholeId(sessionId('s'), 0),
    address: ip('127.0.0.1'),
    ports: portRange(first, first),
  }
  const missing = await new Promise<readonly Port[]>((resolve) => ranges.open(range, resolve))
  expect(missing).toEqual([first])
  const other = { ...range, id: pinholeId(sessionId('t'), 0), address: ip('127.0.0.2') }
  expect(await new Promise((resolve) => ranges.open(other, resolve))).toEqual([])
  expect(listeners.size).toBe(1)
  ranges.close(other)
  expect(listeners.size).toBe(0)
})
