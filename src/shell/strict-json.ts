/** Reads values that came as JSON from another process, and takes nothing for what it is not. */
import { type Endpoint, parseEndpoint } from '../net/endpoint.ts'
import { type Ip, parseIp } from '../net/ip.ts'
import { type Port, type PortRange, toPort } from '../net/port.ts'

class Unexpected extends Error {}

/** What `read` makes of a value; `undefined` when any part of it is not as it must be. */
export function strictly<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unexpected) return undefined
    throw error
  }
}

/** `undefined` when there is none; what more there is, is left out. */
export function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) throw new Unexpected()
  return (value as Readonly<Record<string, unknown>>)[key]
}

export function list<Item>(value: unknown, item: (value: unknown) => Item): readonly Item[] {
  if (!Array.isArray(value)) throw new Unexpected()
  return value.map((each) => item(each))
}

export function text(value: unknown): string {
  return known(typeof value === 'string' ? value : undefined)
}

/** Printable ASCII, for it is shown on a terminal. */
export function name(value: unknown): string {
  return known(typeof value === 'string' && NAME.test(value) ? value : undefined)
}

export function address(value: unknown): Ip {
  return known(typeof value === 'string' ? parseIp(value) : undefined)
}

export function endpointOf(value: unknown): Endpoint {
  return known(typeof value === 'string' ? parseEndpoint(value) : undefined)
}

export function portOf(value: unknown): Port {
  return known(typeof value === 'number' ? toPort(value) : undefined)
}

export function portRangeOf(value: unknown): PortRange {
  const range = { first: portOf(field(value, 'first')), last: portOf(field(value, 'last')) }
  return known(range.first <= range.last ? range : undefined)
}

/** A whole number from 0 on. */
export function count(value: unknown): number {
  return known(
    Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined,
  )
}

export function flag(value: unknown): boolean {
  return known(typeof value === 'boolean' ? value : undefined)
}

export function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  return known(words.find((word) => word === value))
}

/** Refuses what a reader could make nothing of. */
export function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Unexpected()
  return value
}

const NAME = /^[\x20-\x7e]{1,200}$/
