/**
 * Counts what code does, in a process that was started for it (`start-count.ts` has the switches of V8
 * that make the same code do the same each time). Make one before anything that is to be counted is
 * imported.
 */
import {
  GCProfiler,
  type GCProfilerResult,
  getHeapSpaceStatistics,
  getHeapStatistics,
} from 'node:v8'
import {
  type CoveredRange,
  PreciseCoverage,
  type ScriptCoverage,
} from '../../test/support/precise-coverage.ts'
import type { Counts } from './counts.ts'
import { Walk } from './walk.ts'

type Moment = GCProfilerResult['statistics'][number]['beforeGC']

export class Counter {
  readonly #coverage = new PreciseCoverage()
  readonly #walk = new Walk()

  count(run: () => void): Counts {
    this.#coverage.take()
    this.#walk.take()
    const allocated = allocatedBy(run)
    const walked = this.#walk.take()
    return { code: byFolder(this.#coverage.take()), walked, allocated }
  }
}

function byFolder(scripts: readonly ScriptCoverage[]): Counts['code'] {
  const folders: Record<string, number> = {}
  for (const script of scripts) {
    const [, folder = ''] = /\/src\/(.*)\/[^/]+$/.exec(script.url) ?? []
    folders[folder] = (folders[folder] ?? 0) + charactersRun(script)
  }
  return Object.fromEntries(Object.entries(folders).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Every range counts for the characters that are in none of the ranges within it. */
function charactersRun({ functions }: ScriptCoverage): number {
  const ranges = functions
    .flatMap((one) => one.ranges)
    .toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const around: CoveredRange[] = []
  let characters = 0
  for (const range of ranges) {
    while ((around.at(-1)?.endOffset ?? Infinity) <= range.startOffset) around.pop()
    const outer = around.at(-1)?.count ?? 0
    characters += (range.endOffset - range.startOffset) * (range.count - outer)
    around.push(range)
  }
  return characters
}

/**
 * What is young grows by what is allocated, but for what is collected, should much be allocated. What is
 * made old at once is not counted: V8 takes a page for it at a time, and nearly nothing is.
 */
function allocatedBy(run: () => void): number {
  globalThis.gc?.()
  const profiler = new GCProfiler()
  profiler.start()
  const before = inUse()
  run()
  const after = inUse()
  return after - before + collected(profiler.stop())
}

/** Bytes of young objects, and of buffers beside the heap. */
function inUse(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => isYoung(name))
    .reduce((sum, space) => sum + space.space_used_size, getHeapStatistics().external_memory)
}

function collected({ statistics }: GCProfilerResult): number {
  return statistics.reduce((sum, { beforeGC, afterGC }) => sum + held(beforeGC) - held(afterGC), 0)
}

/** As {@link inUse}, of a moment past. */
function held({ heapStatistics, heapSpaceStatistics }: Moment): number {
  return heapSpaceStatistics
    .filter(({ spaceName }) => isYoung(spaceName))
    .reduce((sum, space) => sum + space.spaceUsedSize, heapStatistics.externalMemory)
}

function isYoung(space: string): boolean {
  return space === 'new_space' || space === 'new_large_object_space'
}
