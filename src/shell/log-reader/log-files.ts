/**
 * Several files of one log, brought into their order and read one after the other. Workers write a log
 * each, all at the same time: of those, the records are brought into one order.
 */
import { LineSplitter, overlongLine } from './line-splitter.ts'
import { readMerged } from './log-merge.ts'
import { LogReadError } from './log-read-error.ts'
import { LogSource, type LogStart } from './log-source.ts'

export interface LineSink {
  beginFile?(name: string): void
  /** `text` is Latin-1. Lines count from 1. */
  line(text: string, file: string, number: number, isCutShort: boolean): void
  /** Something is wrong with a file, or with a line of it. */
  problem(text: string): void
  /** After each block; what was written has gone when it resolves. @returns whether to go on. */
  flush(): Promise<boolean>
}

/** Files with one hash chain, in their order: what one process wrote. */
export type LogChain = readonly LogSource[]

/**
 * Opens logs. Files of a rotated log are put in their order, by the time and number of their first
 * records, and those of each worker are a chain; `inOrder` leaves them as they are, as one. A file that
 * has two names is read once, or all of it would count twice. @throws LogReadError
 */
export async function openLogs(
  names: readonly string[],
  inOrder: boolean = false,
): Promise<readonly LogChain[]> {
  const sources: LogSource[] = []
  for (const name of names) {
    const source = await LogSource.open(name)
    const { identity } = source
    if (identity === undefined || sources.every((each) => each.identity !== identity))
      sources.push(source)
  }
  if (inOrder || sources.length < 2) return [sources]
  const started: Started[] = []
  for (const source of sources) started.push({ source, start: await startOrNothing(source) })
  return chainsOf(started.toSorted((a, b) => compare(a.start, b.start)))
}

interface Started {
  readonly source: LogSource
  readonly start: LogStart | undefined
}

/** By worker. What has no record belongs to the first, where it comes last. */
function chainsOf(started: readonly Started[]): readonly LogChain[] {
  const workers = new Set(
    started.flatMap(({ start }) => (start === undefined ? [] : [start.worker])),
  )
  const sorted = [...workers].toSorted((a, b) => (a ?? 0) - (b ?? 0))
  if (sorted.length < 2) return [started.map(({ source }) => source)]
  return sorted.map((worker, index) =>
    started
      .filter(({ start }) => (start === undefined ? index === 0 : start.worker === worker))
      .map(({ source }) => source),
  )
}

/**
 * Reads them all: one chain file by file, several at the same time, by the times of their records. A
 * damaged file is reported, and the next one follows. @returns how many were.
 */
export async function readLogs(chains: readonly LogChain[], sink: LineSink): Promise<number> {
  const [first = [], ...others] = chains
  return others.length === 0 ? readChain(first, sink) : readMerged(chains, sink)
}

async function readChain(chain: LogChain, sink: LineSink): Promise<number> {
  let damaged = 0
  for (const source of chain) {
    sink.beginFile?.(source.name)
    try {
      if (!(await readLog(source, sink))) return damaged
    } catch (error) {
      if (!(error instanceof LogReadError)) throw error
      damaged += 1
      sink.problem(error.message)
    }
  }
  await sink.flush()
  return damaged
}

/** @returns whether to go on. */
async function readLog(source: LogSource, sink: LineSink): Promise<boolean> {
  const { name } = source
  let number = 0
  const splitter = new LineSplitter({
    line: (text, isCutShort) => {
      number += 1
      sink.line(text, name, number, isCutShort)
    },
    overlong: () => {
      number += 1
      sink.problem(overlongLine(name, number))
    },
  })
  for await (const block of source.blocks()) {
    splitter.push(block)
    if (!(await sink.flush())) return false
  }
  splitter.end()
  return true
}

/** What cannot be read is reported when its turn comes. */
async function startOrNothing(source: LogSource): Promise<LogStart | undefined> {
  try {
    return await source.start()
  } catch (error) {
    if (error instanceof LogReadError) return undefined
    throw error
  }
}

/** What has no beginning comes last. */
function compare(a: LogStart | undefined, b: LogStart | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  return a.seq - b.seq
}
