import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import type { ScopedRange } from '../../../src/engine/nat/scoped-range.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { connected, descriptors, type Lab, lab, nothingLeft, refusal } from './lab.ts'

let world: Lab
let before: number

beforeEach(() => {
  before = descriptors()
  world = lab()
})

afterEach(async () => {
  await world.path.close()
  await nothingLeft(world, before)
})

let nextFirst = 23_000 + (process.pid % 200) * 20

/** Five ports below the ephemeral range, other ones for each test. */
function range(name: string, first: number): ScopedRange {
  const session = sessionId(name)
  const ports = { first: port(first), last: port(first + 4) }
  return {
    id: pinholeId(session, 0),
    session,
    peer: ip('127.0.0.1'),
    listen: { address: ip('127.0.0.1'), ports },
    dial: ip('127.0.0.2'),
    from: ip('127.0.0.1'),
    permitted: [ports],
    active: undefined,
  }
}

test('every port of a range listens, for as long as one session wants it', async () => {
  nextFirst += 5
  const [one, other] = [range('s1', nextFirst), range('s2', nextFirst)]
  world.path.perform({ type: 'openRange', range: one })
  world.path.perform({ type: 'openRange', range: other })
  expect(await world.event('rangeOpened')).toMatchObject({ session: 's1', missing: [] })
  expect(world.path.counts().listeners).toBe(5)
  world.path.perform({ type: 'closeRange', range: one })
  expect(world.path.counts().listeners).toBe(5)
  world.onDataConnection = ({ connection }) => {
    world.path.perform({ type: 'dropData', connection })
  }
  const at = { address: ip('127.0.0.1'), port: port(nextFirst + 3) }
  const client = await connected(at)
  expect(await world.event('dataConnection')).toMatchObject({ local: at })
  client.destroy()
  world.path.perform({ type: 'closeRange', range: other })
  expect(world.path.counts().listeners).toBe(0)
  expect(await refusal(at)).toBe('ECONNREFUSED')
})

test('a port that another program holds is named, and the others listen', async () => {
  nextFirst += 5
  const taken = createServer()
  const place = { host: '127.0.0.1', port: nextFirst + 2 }
  await new Promise<void>((resolve) => taken.listen(place, resolve))
  world.path.perform({ type: 'openRange', range: range('s1', nextFirst) })
  expect(await world.event('rangeOpened')).toMatchObject({ missing: [nextFirst + 2] })
  expect(world.path.counts().listeners).toBe(4)
  world.path.perform({ type: 'closeRange', range: range('s1', nextFirst) })
  await new Promise((resolve) => taken.close(resolve))
})
