/**
 * What one of several workers has of a ruleset. Two processes cannot listen on the same port, so each
 * leases from a slice of its own; everything else is the same for all.
 */
import { type PortRange, portRange, rangeSize } from '../../net/port.ts'
import type { Ruleset } from './ruleset.ts'

/** Which of how many; counted from 1. */
export interface WorkerPlace {
  readonly worker: number
  readonly workers: number
}

/** `ruleset` as a worker goes by it. @throws RangeError when there are fewer ports than workers. */
export function shareOf(ruleset: Ruleset, place: WorkerPlace): Ruleset {
  return { ...ruleset, passivePorts: sliceOf(ruleset.passivePorts, place) }
}

/** Contiguous; every port of `range` is in exactly one slice, and sizes differ by at most one. */
export function sliceOf(range: PortRange, { worker, workers }: WorkerPlace): PortRange {
  const start = (before: number): number =>
    range.first + Math.floor((before * rangeSize(range)) / workers)
  return portRange(start(worker - 1), start(worker) - 1)
}
