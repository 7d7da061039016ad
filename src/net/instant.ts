import type { Brand } from './brand.ts'

/** A point in time in milliseconds, on whatever clock the driver of the engine uses. */
export type Instant = Brand<number, 'Instant'>

/** A length of time in milliseconds. */
export type Duration = Brand<number, 'Duration'>

export function instant(milliseconds: number): Instant {
  return milliseconds as Instant
}

export function duration(milliseconds: number): Duration {
  return milliseconds as Duration
}

export function after(from: Instant, length: Duration): Instant {
  return (from + length) as Instant
}

export function between(from: Instant, to: Instant): Duration {
  return (to - from) as Duration
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** Parses `500ms`, `30s`, `15m`, `2h`; `undefined` for anything else. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text)
  if (match === null) return undefined
  return (Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]) as Duration
}
