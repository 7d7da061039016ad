/**
 * Races: what the client, the server, the data path, a visitor, the clock, an administrator and
 * whoever hangs up do is each in its own order, and between them in any. `fc.scheduler` goes through
 * the interleavings; `watch.ts` checks every effect, and that nothing is left.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOSTS } from '../../support/conversation.ts'
import { ModelWorld, type Way } from './model-world.ts'

const ways = fc.constantFrom<Way>('relay', 'kernel', 'redirect', 'tproxy')

const setUps = fc.constantFrom('PASV', 'EPSV', 'PORT 198,51,100,10,200,21')

type Actor = readonly (readonly [string, (world: ModelWorld) => void])[]

/** Who does what, each in this order. */
function actors(setUp: string): readonly Actor[] {
  return [
    [
      ['client sets up', (world) => world.client(0, `${setUp}\r\n`)],
      ['client transfers', (world) => world.client(0, 'RETR f\r\n')],
      ['client sets up again', (world) => world.client(0, `${setUp}\r\n`)],
    ],
    Array.from({ length: 5 }, () => ['server answers', (world) => world.serverAnswers(0)] as const),
    [
      ['data path succeeds', (world) => world.answer(0, true)],
      ['data path succeeds', (world) => world.answer(0, true)],
      ['data path fails', (world) => world.answer(0, false)],
    ],
    [
      ['visitor comes', (world) => world.visit(0)],
      ['stranger comes', (world) => world.connectData(HOSTS.X, 0)],
      ['visitor comes again', (world) => world.visit(0)],
    ],
    [['data ends', (world) => world.endData(0)]],
    [['the pinhole times out', (world) => world.wait(30_000)]],
    [['rules are replaced', (world) => world.reload()]],
    [['client hangs up', (world) => world.close(0, 'client', 'reset')]],
  ]
}

test('accept, 200, time, close and reload in any order', async () => {
  let interleavings = 0
  const property = fc.asyncProperty(fc.scheduler(), ways, setUps, async (scheduler, way, setUp) => {
    const world = new ModelWorld({}, () => 0, way)
    world.logIn(0)
    for (const actor of actors(setUp))
      scheduler.scheduleSequence(
        actor.map(([label, act]) => ({ label, builder: async () => act(world) })),
      )
    await scheduler.waitIdle()
    interleavings += 1
    world.finish()
    expect(world.breaches).toEqual([])
  })
  await fc.assert(property, { numRuns: 500 })
  expect(interleavings).toBeGreaterThanOrEqual(500)
}, 120_000)
