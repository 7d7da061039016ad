/** What a process holds: memory and descriptors, read from /proc while it runs. */
import { readFileSync, readdirSync } from 'node:fs'

export interface Sample {
  /** Since the beginning. */
  readonly seconds: number
  readonly rssKib: number
  readonly descriptors: number
}

const SAMPLE_MS = 2_000
/** Of a run, the part in which caches fill and code is compiled. */
const WARM_UP_SHARE = 0.2

export class Gauges {
  readonly #pid: number
  readonly #begun = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly samples: Sample[] = []

  constructor(pid: number) {
    this.#pid = pid
    this.#sample()
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const seconds = (performance.now() - this.#begun) / 1_000
    try {
      const rssKib = residentKib(this.#pid)
      this.samples.push({ seconds, rssKib, descriptors: descriptors(this.#pid) })
    } catch {
      // The process has ended; whoever waits for it says so.
      this.stop()
    }
  }
}

export function residentKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1])
}

export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** The kernel's clock of 10 ms. */
const TICKS_A_SECOND = 100

/** What the process has used so far, in itself and in the kernel. */
export function cpuSeconds(pid: number): number {
  // The second field is a name in parentheses, which may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

/** The median of each minute, in KiB. */
export function rssByMinute(samples: readonly Sample[]): readonly number[] {
  const minutes: number[][] = []
  for (const { seconds, rssKib } of samples) (minutes[Math.floor(seconds / 60)] ??= []).push(rssKib)
  return minutes.map((values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0)
}

/** KiB a minute by least squares, without the warm-up. */
export function rssSlope(samples: readonly Sample[]): number {
  const end = samples.at(-1)?.seconds ?? 0
  const points = samples.filter(({ seconds }) => seconds >= end * WARM_UP_SHARE)
  const mean = (of: (sample: Sample) => number): number =>
    points.reduce((sum, each) => sum + of(each), 0) / points.length
  const x = mean(({ seconds }) => seconds / 60)
  const y = mean(({ rssKib }) => rssKib)
  let above = 0
  let below = 0
  for (const { seconds, rssKib } of points) {
    above += (seconds / 60 - x) * (rssKib - y)
    below += (seconds / 60 - x) ** 2
  }
  return below === 0 ? 0 : above / below
}
