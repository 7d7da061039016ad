/** What is compared, with whom, and what the client asked for. One measurement is one row of peers. */
import { contest, type Figures, type Question } from './contest.ts'
import type { Load } from './load/load.ts'
import { cpuSecondsOf, idleShareSince, processorTime } from './process.ts'
import type { BenchStage } from './stage.ts'

/** Figures of one peer: the medians, and what they are of those of the peer compared with. */
export interface Row {
  readonly peer: string
  readonly figures: Readonly<Record<string, number>>
}

export interface Comparison {
  readonly id: string
  readonly title: string
  /** The figure that ratios and the chart are about, and in which direction better lies. */
  readonly figure: string
  readonly isMoreBetter: boolean
  readonly rounds: number
  readonly rows: readonly Row[]
  /** Peer a to peer b, the median over rounds; of `figure` unless told. */
  readonly ratio: (a: string, b: string, figure?: string) => number
}

export interface Effort {
  readonly rounds: number
  readonly sessionSeconds: number
  readonly noops: number
  readonly streamBytes: number
}

export interface StreamPlan {
  readonly parallel: number
  readonly way: 'retr' | 'stor'
}

const SMALL_BYTES = 1024

export function compareSessions(
  stages: readonly BenchStage[],
  load: Load,
  effort: Effort,
  parallel: number,
): Promise<Comparison> {
  return compare(stages, effort.rounds, {
    id: `sessions-${parallel}`,
    title: `Sessions a second, ${parallel} at a time (connect, log in, PASV, RETR of 1 KiB, QUIT)`,
    figure: 'sessions/s',
    isMoreBetter: true,
    measure: (stage) => measureSessions(stage, load, effort, parallel),
  })
}

export async function measureSessions(
  { target, running }: BenchStage,
  load: Load,
  effort: Effort,
  parallel: number,
): Promise<Figures> {
  const before = cpuSecondsOf(running.pid)
  const processors = processorTime()
  const run = await load.sessions(target, parallel, effort.sessionSeconds, SMALL_BYTES)
  const idle = idleShareSince(processors)
  const cpu = cpuSecondsOf(running.pid) - before
  return {
    'sessions/s': run.sessions / run.seconds,
    'CPU ms/session': (cpu * 1000) / run.sessions,
    'machine idle %': idle,
    'p50 ms': run.p50Ms,
    'p99 ms': run.p99Ms,
    failed: run.failed,
  }
}

export function compareNoop(
  stages: readonly BenchStage[],
  load: Load,
  effort: Effort,
): Promise<Comparison> {
  return compare(stages, effort.rounds, {
    id: 'noop',
    title: 'Round trip of a NOOP',
    figure: 'p50 µs',
    isMoreBetter: false,
    measure: async ({ target }) => {
      const { p50Us, p99Us, failed } = await load.noop(target, effort.noops)
      // Half of them are no measurement.
      return failed > 0
        ? { 'p50 µs': Number.NaN, 'p99 µs': Number.NaN, failed }
        : { 'p50 µs': p50Us, 'p99 µs': p99Us, failed }
    },
  })
}

export function compareStreams(
  stages: readonly BenchStage[],
  load: Load,
  effort: Effort,
  { parallel, way }: StreamPlan,
): Promise<Comparison> {
  const bytes = Math.round(effort.streamBytes / parallel)
  const what =
    parallel === 1 ? `One ${way.toUpperCase()}` : `${parallel} ${way.toUpperCase()} at once`
  return compare(stages, effort.rounds, {
    id: `${way}-${parallel}`,
    title: `${what}, ${Math.round(effort.streamBytes / 2 ** 20)} MiB in all`,
    figure: 'GB/s',
    isMoreBetter: true,
    measure: (stage) => measureStream(stage, load, { parallel, bytes, way }),
  })
}

/** `bytes` of each stream. */
export async function measureStream(
  { target, running }: BenchStage,
  load: Load,
  { parallel, bytes, way }: StreamPlan & { readonly bytes: number },
): Promise<Figures> {
  const before = cpuSecondsOf(running.pid)
  const run = await load.stream(target, parallel, bytes, way)
  const gigabytes = run.bytes / 1e9
  return {
    'GB/s': gigabytes / run.seconds,
    'CPU s/GB': (cpuSecondsOf(running.pid) - before) / gigabytes,
    failed: run.failed,
  }
}

function compare(
  stages: readonly BenchStage[],
  rounds: number,
  {
    measure,
    ...question
  }: Question & { readonly measure: (stage: BenchStage) => Promise<Figures> },
): Promise<Comparison> {
  return contest(
    question,
    rounds,
    stages.map((stage) => ({ peer: stage.peer, measure: () => measure(stage) })),
  )
}
