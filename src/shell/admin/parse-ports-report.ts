/** Reads a report that came over the admin socket, from a process of perhaps another version. */
import { PORT_STATES } from '../../engine/nat/port-use.ts'
import { type Ip, parseIp } from '../../net/ip.ts'
import { type Port, type PortRange, toPort } from '../../net/port.ts'
import {
  type HeldPort,
  type HolderReport,
  type PortsReport,
  type RangeReport,
} from './ports-report.ts'

/** Names of listeners and sessions are shown on a terminal. */
const NAME = /^[\x20-\x7e]{1,200}$/
const KEYS = ['passive-ports', 'server-passive-ports'] as const

/** `undefined` when it is none. What a later version adds is left out. */
export function parsePortsReport(value: unknown): PortsReport | undefined {
  try {
    return { ranges: list(field(value, 'ranges'), range) }
  } catch (error) {
    if (error instanceof Unexpected) return undefined
    throw error
  }
}

class Unexpected extends Error {}

function range(value: unknown): RangeReport {
  return {
    key: oneOf(KEYS, field(value, 'key')),
    listeners: list(field(value, 'listeners'), name),
    ports: portRange(field(value, 'ports')),
    size: count(field(value, 'size')),
    isReserved: field(value, 'isReserved') === true,
    holders: list(field(value, 'holders'), holder),
  }
}

function holder(value: unknown): HolderReport {
  return {
    holder: address(field(value, 'holder')),
    local: address(field(value, 'local')),
    used: count(field(value, 'used')),
    open: list(field(value, 'open'), name),
    ports: list(field(value, 'ports'), heldPort),
  }
}

function heldPort(value: unknown): HeldPort {
  const held = {
    port: port(field(value, 'port')),
    state: oneOf(PORT_STATES, field(value, 'state')),
  }
  const session = field(value, 'session')
  return session === undefined ? held : { ...held, session: name(session) }
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) throw new Unexpected()
  return (value as Readonly<Record<string, unknown>>)[key]
}

function list<Item>(value: unknown, item: (value: unknown) => Item): readonly Item[] {
  if (!Array.isArray(value)) throw new Unexpected()
  return value.map(item)
}

function name(value: unknown): string {
  if (typeof value !== 'string' || !NAME.test(value)) throw new Unexpected()
  return value
}

function address(value: unknown): Ip {
  return known(typeof value === 'string' ? parseIp(value) : undefined)
}

function port(value: unknown): Port {
  return known(typeof value === 'number' ? toPort(value) : undefined)
}

function portRange(value: unknown): PortRange {
  return { first: port(field(value, 'first')), last: port(field(value, 'last')) }
}

function count(value: unknown): number {
  return known(
    Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined,
  )
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  return known(words.find((word) => word === value))
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Unexpected()
  return value
}
