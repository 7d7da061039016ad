/**
 * What other figures are to be judged by: the same thing twice. Two routers differ by as much as noise
 * does; two proxies side by side reach what two workers would, if handing clients over cost nothing.
 */
import { type Comparison, type Effort, measureSessions, measureStream } from './comparison.ts'
import { contest, type Figures, way } from './contest.ts'
import type { Load } from './load/load.ts'
import { KERNEL_HELPER, ROUTING } from './peers/kernel.ts'
import type { Peer } from './peers/peer.ts'
import { PORTCULLIS_KERNEL, PORTCULLIS_RELAY, PORTCULLIS_WORKERS } from './peers/portcullis.ts'
import type { BenchStage } from './stage.ts'

/** One run of a stream differs from the next by a third; so many make the median steady. */
const FORWARDING_ROUNDS_MORE = 4
const PARALLEL = 32

/** A stage that somebody else closes, warmed up. */
export type OpenStage = (peer: Peer) => Promise<BenchStage>

/** Needs root. */
export async function compareForwarding(
  open: OpenStage,
  load: Load,
  effort: Effort,
): Promise<Comparison> {
  const stages = [
    { name: ROUTING.name, stage: await open(ROUTING) },
    { name: PORTCULLIS_KERNEL.name, stage: await open(PORTCULLIS_KERNEL) },
    { name: KERNEL_HELPER.name, stage: await open(KERNEL_HELPER) },
    { name: `${ROUTING.name}, another`, stage: await open(ROUTING) },
  ]
  const { streamBytes, rounds } = effort
  return contest(
    {
      id: 'forwarding',
      title: `One RETR through the kernel, ${Math.round(streamBytes / 2 ** 20)} MiB`,
      figure: 'GB/s',
      isMoreBetter: true,
    },
    rounds * FORWARDING_ROUNDS_MORE + 1,
    stages.map(({ name, stage }) =>
      way(name, () => measureStream(stage, load, { parallel: 1, bytes: streamBytes, way: 'retr' })),
    ),
  )
}

export async function compareScaling(
  open: OpenStage,
  load: Load,
  effort: Effort,
): Promise<Comparison> {
  const [one, other] = [await open(PORTCULLIS_RELAY), await open(PORTCULLIS_RELAY)]
  const workers = await open(PORTCULLIS_WORKERS)
  const sessions = (stage: BenchStage, parallel: number): Promise<Figures> =>
    measureSessions(stage, load, effort, parallel)
  return contest(
    {
      id: 'scaling',
      title: `Sessions a second of two processes, ${PARALLEL} at a time`,
      figure: 'sessions/s',
      isMoreBetter: true,
    },
    effort.rounds,
    [
      way('one process', () => sessions(one, PARALLEL)),
      way('2 workers', () => sessions(workers, PARALLEL)),
      way('two proxies, side by side', async () => {
        const half = PARALLEL / 2
        return sumUp(await Promise.all([sessions(one, half), sessions(other, half)]))
      }),
    ],
  )
}

/** Rates and failures of both, and the mean of all else. */
function sumUp([one, other]: readonly [Figures, Figures]): Figures {
  const added = ['sessions/s', 'failed']
  return Object.fromEntries(
    Object.entries(one).map(([name, value]) => {
      const sum = value + (other[name] ?? Number.NaN)
      return [name, added.includes(name) ? sum : sum / 2]
    }),
  )
}
