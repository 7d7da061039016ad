/** What is compared, with whom, and what the client asked for. One measurement is one row of peers. */
import type { Load } from './load/load.ts'
import { cpuSecondsOf } from './process.ts'
import { median, medianRatio, type Rounds, takeTurns } from './rounds.ts'
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

type Figures = Readonly<Record<string, number>>

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
    measure: async ({ target, running }) => {
      const before = cpuSecondsOf(running.pid)
      const run = await load.sessions(target, parallel, effort.sessionSeconds, SMALL_BYTES)
      const cpu = cpuSecondsOf(running.pid) - before
      return {
        'sessions/s': run.sessions / run.seconds,
        'CPU ms/session': (cpu * 1000) / run.sessions,
        'p50 ms': run.p50Ms,
        'p99 ms': run.p99Ms,
        failed: run.failed,
      }
    },
  })
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
      return { 'p50 µs': p50Us, 'p99 µs': p99Us, failed }
    },
  })
}

export function compareStreams(
  stages: readonly BenchStage[],
  load: Load,
  effort: Effort,
  { parallel, way }: { readonly parallel: number; readonly way: 'retr' | 'stor' },
): Promise<Comparison> {
  const bytes = Math.round(effort.streamBytes / parallel)
  const what =
    parallel === 1 ? `One ${way.toUpperCase()}` : `${parallel} ${way.toUpperCase()} at once`
  return compare(stages, effort.rounds, {
    id: `${way}-${parallel}`,
    title: `${what}, ${Math.round(effort.streamBytes / 2 ** 20)} MiB in all`,
    figure: 'GB/s',
    isMoreBetter: true,
    measure: async ({ target, running }) => {
      const before = cpuSecondsOf(running.pid)
      const run = await load.stream(target, parallel, bytes, way)
      const gigabytes = run.bytes / 1e9
      return {
        'GB/s': gigabytes / run.seconds,
        'CPU s/GB': (cpuSecondsOf(running.pid) - before) / gigabytes,
        failed: run.failed,
      }
    },
  })
}

interface Question extends Omit<Comparison, 'rounds' | 'rows' | 'ratio'> {
  readonly measure: (stage: BenchStage) => Promise<Figures>
}

async function compare(
  stages: readonly BenchStage[],
  rounds: number,
  { measure, ...question }: Question,
): Promise<Comparison> {
  const found = await takeTurns(stages, rounds, measure)
  const rows = [...found].map(([peer, each]): Row => ({ peer, figures: medians(each) }))
  const ratio = (a: string, b: string, figure = question.figure): number =>
    medianRatio(valuesOf(found, a, figure), valuesOf(found, b, figure))
  return { ...question, rounds, rows, ratio }
}

function medians(each: readonly Figures[]): Figures {
  const names = Object.keys(each[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [name, median(each.map((figures) => figures[name] ?? Number.NaN))]),
  )
}

function valuesOf(found: Rounds<Figures>, peer: string, name: string): readonly number[] {
  return (found.get(peer) ?? []).map((figures) => figures[name] ?? Number.NaN)
}
