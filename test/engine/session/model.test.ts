/**
 * Random worlds: clients, servers, strangers, the data path and time in any order. Whatever they
 * do, the invariants of `watch.ts` hold. A failure prints the acts, shrunk, and the seed.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOSTS } from '../../support/conversation.ts'
import { CLIENTS, ModelWorld, type Way } from './model-world.ts'

const GOOD_LINES = [
  'PASV\r\n',
  'EPSV\r\n',
  'PORT 198,51,100,10,200,21\r\n',
  'EPRT |1|198.51.100.11|51221|\r\n',
  'RETR f\r\n',
  'STOR f\r\n',
  'LIST\r\n',
] as const

const OTHER_LINES = [
  'NOOP\r\n',
  'STAT\r\n',
  'ABOR\r\n',
  'USER u\r\n',
  'PASS p\r\n',
  'REIN\r\n',
  'QUIT\r\n',
  'EPSV ALL\r\n',
  'PORT 10,0,0,66,200,21\r\n',
  'PORT 198,51,100,10,0,22\r\n',
  'LPSV\r\n',
  'P@SW\r\n',
  '\r\n',
  'PA',
  'SV\r\n',
  'NOOP\n',
  'PASV\r\nRETR f\r\nPASV\r\n',
  'NOOP\r\nPORT 198,51,100,10,200,21\r\nABOR\r\nQUIT\r\nNOOP\r\n',
] as const

const SERVER_LINES = [
  '200 ok\r\n',
  '220 x\r\n',
  '150 go\r\n',
  '226 done\r\n',
  '230 in\r\n',
  '425 no\r\n',
  '426 broken\r\n',
  '500 what\r\n',
  '227 Entering Passive Mode (10,0,0,20,156,64)\r\n',
  '227 Entering Passive Mode (10,0,0,66,156,64)\r\n',
  '229 ok (|||40000|)\r\n',
  '229 ok (|||22|)\r\n',
  '2',
  '00 late\r\n',
  '211-a\r\n',
  '211 b\r\n',
  '227 x (10,0,0,20,156,64)\r\n150 go\r\n226 done\r\n',
] as const

type Act = (world: ModelWorld) => void

/** Worlds take a millisecond or two each; a busy machine may take ten times as long. */
const TIMEOUT_MS = 60_000

const which = fc.nat({ max: 1 })
const index = fc.nat({ max: 3 })

/** An act that prints as what it does. */
function act(name: string, run: Act): Act & { toString(): string } {
  return Object.assign(run, { toString: () => name })
}

function says(lines: readonly string[]): fc.Arbitrary<Act> {
  return fc
    .tuple(which, fc.constantFrom(...lines))
    .map(([who, line]) =>
      act(`client ${who} ${JSON.stringify(line)}`, (world) => world.client(who, line)),
    )
}

const serverAnswers = which.map((who) =>
  act(`server ${who} answers`, (world) => world.serverAnswers(who)),
)

const serverSays = fc
  .tuple(which, fc.constantFrom(...SERVER_LINES))
  .map(([who, line]) =>
    act(`server ${who} ${JSON.stringify(line)}`, (world) => world.server(who, line)),
  )

const succeeds = index.map((at) => act(`effect ${at} succeeds`, (world) => world.answer(at, true)))

const fails = fc
  .tuple(index, fc.constantFrom('EADDRINUSE', 'EMFILE'))
  .map(([at, cause]) =>
    act(`effect ${at} fails: ${cause}`, (world) => world.answer(at, false, cause)),
  )

const visits = index.map((at) => act(`pinhole ${at} is visited`, (world) => world.visit(at)))

const intrudes = fc
  .tuple(index, fc.constantFrom(...CLIENTS, HOSTS.S, HOSTS.X))
  .map(([at, who]) => act(`pinhole ${at} sees ${who}`, (world) => world.connectData(who, at)))

const dataEnds = index.map((at) => act(`data ${at} ends`, (world) => world.endData(at)))

function passes(...times: readonly number[]): fc.Arbitrary<Act> {
  return fc
    .constantFrom(...times)
    .map((time) => act(`${time} ms pass`, (world) => world.wait(time)))
}

const waits = passes(1, 1, 999, 1_000, 2_000, 29_999, 31_000, 301_000, 901_000)

const closes = fc
  .tuple(which, fc.constantFrom('client', 'server'), fc.constantFrom('end', 'reset', 'stalled'))
  .map(([who, side, cause]) =>
    act(`${side} ${who} closes: ${cause}`, (world) => world.close(who, side, cause)),
  )

const drains = fc
  .constantFrom(1, 40_000)
  .map((time) => act(`drain within ${time} ms`, (world) => world.drain(time)))

/** Most worlds behave, or no session would live long enough to be interesting. */
const acts = fc.oneof(
  { weight: 50, arbitrary: says(GOOD_LINES) },
  { weight: 10, arbitrary: says(OTHER_LINES) },
  { weight: 60, arbitrary: serverAnswers },
  { weight: 2, arbitrary: serverSays },
  { weight: 60, arbitrary: succeeds },
  { weight: 5, arbitrary: fails },
  { weight: 30, arbitrary: visits },
  { weight: 5, arbitrary: intrudes },
  { weight: 12, arbitrary: dataEnds },
  { weight: 6, arbitrary: waits },
  { weight: 2, arbitrary: closes },
  { weight: 1, arbitrary: drains },
)

const profiles = fc.record({
  defaultDataPort: fc.constantFrom('allowed', 'denied'),
  activeMode: fc.constantFrom('allowed', 'allowed', 'denied'),
})

const draws = fc.array(fc.nat(), { minLength: 1, maxLength: 5 })

/** Random numbers for the engine, from a few that were drawn. */
function source(drawn: readonly number[]): (below: number) => number {
  let count = 0
  return (below) => {
    count += 1
    return (drawn[count % drawn.length] ?? 0) % below
  }
}

const ways = fc.constantFrom<Way>('relay', 'relay', 'kernel', 'redirect', 'tproxy')

const worlds = fc.record({
  way: ways,
  profile: profiles,
  drawn: draws,
  loggedIn: fc.constantFrom([0, 1], [0, 1], [0, 1], [0], []),
  acts: fc.array(acts, { maxLength: 120, size: 'max' }),
})

test(
  'whatever the world does, it is held to what was announced, and nothing is left',
  () => {
    fc.assert(
      fc.property(worlds, ({ way, profile, drawn, loggedIn, acts: played }) => {
        const world = new ModelWorld(profile, source(drawn), way)
        for (const session of loggedIn) world.logIn(session)
        for (const run of played) run(world)
        world.finish()
        expect(world.breaches).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  },
  TIMEOUT_MS,
)

const goodActs = fc.oneof(
  { weight: 6, arbitrary: says([...GOOD_LINES, 'NOOP\r\n', 'STAT\r\n', 'ABOR\r\n', 'LPSV\r\n']) },
  { weight: 6, arbitrary: serverAnswers },
  { weight: 6, arbitrary: succeeds },
  { weight: 1, arbitrary: fails },
  { weight: 3, arbitrary: visits },
  { weight: 2, arbitrary: dataEnds },
  { weight: 1, arbitrary: passes(1, 999) },
)

test(
  'where everybody does what is expected, in any order, every line has its one reply',
  () => {
    fc.assert(
      fc.property(
        ways,
        profiles,
        draws,
        fc.array(goodActs, { maxLength: 80, size: 'max' }),
        (way, profile, drawn, played) => {
          const world = new ModelWorld(profile, source(drawn), way)
          world.logIn(0)
          world.logIn(1)
          for (const run of played) run(world)
          world.settle()
          world.finish()
          expect(world.breaches).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  },
  TIMEOUT_MS,
)
