import type { Brand } from './brand.ts'

/** A TCP port, 1 to 65535. Zero is not a port: no peer can be reached there. */
export type Port = Brand<number, 'Port'>

/** Both ends included; `first <= last`. */
export interface PortRange {
  readonly first: Port
  readonly last: Port
}

export function toPort(value: number): Port | undefined {
  return Number.isInteger(value) && value >= 1 && value <= 65_535 ? (value as Port) : undefined
}

/** For values known at build time. @throws RangeError when `value` is no port. */
export function port(value: number): Port {
  const checked = toPort(value)
  if (checked === undefined) throw new RangeError(`not a port: ${value}`)
  return checked
}

/** Parses decimal digits alone: no sign, blank, leading zero, hex or exponent. */
export function parsePort(text: string): Port | undefined {
  return /^[1-9]\d{0,4}$/.test(text) ? toPort(Number(text)) : undefined
}

/** Parses `50000-50099` or a single port; `undefined` when malformed or reversed. */
export function parsePortRange(text: string): PortRange | undefined {
  const ends = text.split('-').map(parsePort)
  const [first, last] = [ends.at(0), ends.at(-1)]
  if (first === undefined || last === undefined || ends.length > 2) return undefined
  return first > last ? undefined : { first, last }
}

/** Both ends included. @throws RangeError when one is no port, or they are reversed. */
export function portRange(first: number, last: number): PortRange {
  if (first > last) throw new RangeError(`not a port range: ${first}-${last}`)
  return { first: port(first), last: port(last) }
}

export function formatPortRange(range: PortRange): string {
  return range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`
}

export function rangeHas(range: PortRange, value: number): boolean {
  return value >= range.first && value <= range.last
}

export function rangeSize(range: PortRange): number {
  return range.last - range.first + 1
}

export function rangesOverlap(a: PortRange, b: PortRange): boolean {
  return a.first <= b.last && b.first <= a.last
}

/** The same ports in as few ranges as can be, lowest first. */
export function joinRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = []
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = joined.at(-1)
    if (before === undefined || range.first > before.last + 1) joined.push(range)
    else joined[joined.length - 1] = portRange(before.first, Math.max(before.last, range.last))
  }
  return joined
}

/** The ports of `ranges` that are in none of `removed`, lowest first. */
export function withoutRanges(
  ranges: readonly PortRange[],
  removed: readonly PortRange[],
): readonly PortRange[] {
  let left = joinRanges(ranges)
  for (const { first, last } of removed)
    left = left.flatMap((range) => {
      if (last < range.first || first > range.last) return [range]
      return [
        ...(range.first < first ? [portRange(range.first, first - 1)] : []),
        ...(range.last > last ? [portRange(last + 1, range.last)] : []),
      ]
    })
  return left
}

/** Every port of a range, lowest first. */
export function* eachPort(range: PortRange): Generator<Port> {
  for (let value: number = range.first; value <= range.last; value++) yield value as Port
}
