/** What people write for a point in time and for a number of bytes. */

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * `2026-11-21`, `2026-11-21T07:13`, with seconds, with a zone (without one it is UTC, as the log is),
 * or how long ago: `90s`, `30m`, `2h`, `7d`. The answer has the form of the log's own times, so that
 * texts compare as the times do. `now` is in milliseconds since 1970.
 */
export function parseMoment(text: string, now: number): string | undefined {
  const ago = /^(\d{1,6})(ms|[smhdw])$/.exec(text)
  if (ago !== null) return isoOf(now - Number(ago[1]) * (UNITS_MS[ago[2] ?? ''] ?? 0))
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text)
  if (match === null) return undefined
  const [, date = '', time = '00:00', zone = 'Z'] = match
  const parsed = Date.parse(`${date}T${time}${zone}`)
  // Date.parse takes the 31st of February for the 3rd of March.
  const isReal = new Date(`${date}T00:00Z`).getUTCDate() === Number(date.slice(8))
  return Number.isNaN(parsed) || !isReal ? undefined : isoOf(parsed)
}

function isoOf(milliseconds: number): string | undefined {
  return Number.isFinite(milliseconds) && milliseconds >= 0
    ? new Date(milliseconds).toISOString()
    : undefined
}

/** `500`, `10k`, `1.5M`, `2Gi`: powers of 1000, or with `i` of 1024. */
export function parseByteCount(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)([kKMGT]?)(i?)B?$/.exec(text)
  if (match === null) return undefined
  const [, number = '', letter = '', isBinary] = match
  const power = ['', 'k', 'M', 'G', 'T'].indexOf(letter === 'K' ? 'k' : letter)
  if (power === 0 && isBinary !== '') return undefined
  return Math.round(Number(number) * (isBinary === '' ? 1000 : 1024) ** power)
}

/** `1.23 GB`, for a column of a table. */
export function shortBytes(bytes: number): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let step = 0
  while (value >= 999.5 && step < steps.length - 1) {
    value /= 1000
    step += 1
  }
  const digits = step === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0
  return `${value.toFixed(digits)} ${steps[step]}`
}

/** `1,234,567`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
