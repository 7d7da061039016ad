/**
 * Keeps ranges of ports from other programs: the kernel gives no port of
 * `net.ipv4.ip_local_reserved_ports` (IPv6 included) to a program that asks for any. The list
 * belongs to the whole network namespace, so only what was put in is taken out again. What a killed
 * process left in it is then somebody else's, and stays.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import {
  formatPortRange,
  joinRanges,
  parsePortRange,
  type PortRange,
  withoutRanges,
} from '../net/port.ts'
import { errorCode } from './error-code.ts'

const LIST = '/proc/sys/net/ipv4/ip_local_reserved_ports'

export class ReservedPortsError extends Error {
  override readonly name = 'ReservedPortsError'
}

/** The kernel's list. */
export interface PortList {
  /** Port 0 is no port, but the kernel takes it; whoever wrote it finds it there. */
  readonly hasZero: boolean
  /** Lowest first. */
  readonly ranges: readonly PortRange[]
}

/** `undefined` for what the kernel does not write. */
export function parsePortList(text: string): PortList | undefined {
  const ranges: PortRange[] = []
  let hasZero = false
  for (const part of text.trim().split(',')) {
    if (part === '') continue
    const fromZero = /^0(?:-(\d+))?$/.exec(part)
    if (fromZero !== null) hasZero = true
    const last = fromZero?.[1]
    if (fromZero !== null && last === undefined) continue
    const range = parsePortRange(last === undefined ? part : `1-${last}`)
    if (range === undefined) return undefined
    ranges.push(range)
  }
  return { hasZero, ranges: joinRanges(ranges) }
}

/** `8080,50000-50099`; a line end for an empty list, since writing nothing changes nothing. */
export function formatPortList({ hasZero, ranges }: PortList): string {
  return `${[...(hasZero ? ['0'] : []), ...ranges.map(formatPortRange)].join(',')}\n`
}

export class ReservedPorts {
  readonly #path: string
  /** What was not in the list before. */
  #ours: readonly PortRange[] = []

  private constructor(path: string) {
    this.#path = path
  }

  /** @throws ReservedPortsError, in one line, when the list cannot be read or written. */
  static reserve(ranges: readonly PortRange[], path: string = LIST): ReservedPorts {
    const reserved = new ReservedPorts(path)
    reserved.update(ranges)
    return reserved
  }

  /** Reserves `ranges` in place of those before, as when a rule file names others. */
  update(ranges: readonly PortRange[]): void {
    const list = read(this.#path)
    const others = withoutRanges(list.ranges, this.#ours)
    this.#ours = []
    write(this.#path, list, joinRanges([...others, ...ranges]))
    this.#ours = withoutRanges(ranges, others)
  }

  /** Takes out what was put in. */
  release(): void {
    if (this.#ours.length > 0) this.update([])
  }
}

/** The ranges that are reserved now, by whomever; none where the kernel has no such list. */
export function readReservedPorts(path: string = LIST): readonly PortRange[] {
  try {
    return parsePortList(readFileSync(path, 'utf8'))?.ranges ?? []
  } catch {
    return []
  }
}

function read(path: string): PortList {
  const list = attempt('read', path, () => parsePortList(readFileSync(path, 'utf8')))
  if (list === undefined) throw new ReservedPortsError(`${path} does not hold a list of ports`)
  return list
}

function write(path: string, before: PortList, ranges: readonly PortRange[]): void {
  const text = formatPortList({ ...before, ranges })
  if (text === formatPortList(before)) return
  attempt('write', path, () => writeFileSync(path, text))
}

function attempt<Result>(verb: 'read' | 'write', path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw new ReservedPortsError(`cannot reserve the passive ports: ${explain(verb, path, error)}`)
  }
}

function explain(verb: string, path: string, error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return `no permission to ${verb} ${path}. Run as root or with CAP_NET_ADMIN, or set reserve-ports: false.`
    case 'EROFS':
      return `${path} is read-only here, as in a container. Reserve them outside, and set reserve-ports: false.`
    case 'ENOENT':
      return `${path} is not there: this is Linux only. Set reserve-ports: false.`
    default:
      return `cannot ${verb} ${path}: ${errorCode(error)}`
  }
}
