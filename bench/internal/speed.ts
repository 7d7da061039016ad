/**
 * How often something can be done in a second of CPU time: what runs beside it on the same machine does
 * not count, and what V8 does on threads of its own does.
 */
import { cpuUsage } from 'node:process'

/** Long enough for the compiler to be through, and for the odd interruption not to matter. */
const WARM_UP_MS = 150
const MEASURED_MS = 350

/** Calls `run` again and again; `run` answers how much it has done. @returns that a second. */
export function perSecond(run: () => number): number {
  repeat(run, WARM_UP_MS)
  return repeat(run, MEASURED_MS)
}

function repeat(run: () => number, milliseconds: number): number {
  const start = cpuMilliseconds()
  let done = 0
  let now = start
  while (now - start < milliseconds) {
    done += run()
    now = cpuMilliseconds()
  }
  return (done / (now - start)) * 1000
}

/** Of this process so far. */
export function cpuMilliseconds(): number {
  const { user, system } = cpuUsage()
  return (user + system) / 1000
}

/** Of samples in microseconds, or whatever they are in. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
}
