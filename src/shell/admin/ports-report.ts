/**
 * Who uses which ports of the ranges of a rule file: what `portcullis ports` shows, and how it is
 * told over the admin socket.
 */
import type { OpenRange, PortState, PortUse } from '../../engine/nat/port-use.ts'
import type { Listener, Ruleset } from '../../engine/rules/ruleset.ts'
import { type Ip, ipBytes } from '../../net/ip.ts'
import {
  formatPortRange,
  type Port,
  type PortRange,
  rangeHas,
  rangeSize,
  withoutRanges,
} from '../../net/port.ts'

export interface PortsInput {
  readonly ruleset: Pick<Ruleset, 'listeners' | 'passivePorts'>
  /** Of ports at addresses of ours: what an intercepted session uses is the server's. */
  readonly uses: Iterable<PortUse>
  readonly openRanges: Iterable<OpenRange>
  /** What no program of this host is given. */
  readonly reserved: readonly PortRange[]
}

export interface PortsReport {
  readonly ranges: readonly RangeReport[]
}

export interface RangeReport {
  /** Its key in the rule file. */
  readonly key: 'passive-ports' | 'server-passive-ports'
  /** Whose it is; empty for `passive-ports`, which all of them share. */
  readonly listeners: readonly string[]
  readonly ports: PortRange
  readonly size: number
  readonly isReserved: boolean
  /** By address. */
  readonly holders: readonly HolderReport[]
}

export interface HolderReport {
  readonly holder: Ip
  readonly local: Ip
  /** Ports in any state; each counts once. */
  readonly used: number
  /** Opaque sessions that may use the whole range. */
  readonly open: readonly string[]
  /** Lowest first. */
  readonly ports: readonly HeldPort[]
}

export interface HeldPort {
  readonly port: Port
  readonly state: PortState
  readonly session?: string
}

type Key = Pick<RangeReport, 'key' | 'listeners' | 'ports'>

/** The ranges that a rule file names, as `ports` lists them. */
export function portRanges({ passivePorts, listeners }: PortsInput['ruleset']): readonly Key[] {
  const ofServers = new Map<string, { ports: PortRange; listeners: string[] }>()
  for (const { name, serverPassivePorts: ports } of listeners) {
    if (ports === undefined) continue
    const same = ofServers.get(formatPortRange(ports))
    if (same === undefined) ofServers.set(formatPortRange(ports), { ports, listeners: [name] })
    else same.listeners.push(name)
  }
  return [
    { key: 'passive-ports', listeners: [], ports: passivePorts },
    ...[...ofServers.values()].map((range): Key => ({ key: 'server-passive-ports', ...range })),
  ]
}

/**
 * The ranges to be reserved: those whose ports are connected to at addresses of this host. Where a
 * listener intercepts, clients connect to the server's own address and ports.
 */
export function rangesToReserve(ruleset: PortsInput['ruleset']): readonly PortRange[] {
  const isHere = ({ intercept }: Listener): boolean => intercept === 'none'
  const listeners = ruleset.listeners.filter(isHere)
  return portRanges({ ...ruleset, listeners }).map(({ ports }) => ports)
}

export function portsReport({ ruleset, uses, openRanges, reserved }: PortsInput): PortsReport {
  const [allUses, allOpen] = [[...uses], [...openRanges]]
  return {
    ranges: portRanges(ruleset).map(({ key, listeners, ports }) => ({
      key,
      listeners,
      ports,
      size: rangeSize(ports),
      isReserved: withoutRanges([ports], reserved).length === 0,
      holders: holders(
        allUses.filter(({ port }) => rangeHas(ports, port)),
        allOpen.filter((open) => formatPortRange(open.ports) === formatPortRange(ports)),
      ),
    })),
  }
}

/**
 * The reports of several processes that share the sessions as one. `whole` is of the rule file as it
 * is written, and of no session; of `passive-ports` each process has a slice.
 */
export function mergePortsReports(whole: PortsReport, parts: readonly PortsReport[]): PortsReport {
  return {
    ranges: whole.ranges.map((range) => {
      const same = parts.flatMap(({ ranges }) => ranges.filter((part) => isSame(part, range)))
      const size = Math.max(...same.map((part) => part.size), 0)
      return {
        ...range,
        size: same.length === 0 ? range.size : size,
        holders: mergeHolders(same.flatMap((part) => part.holders)),
      }
    }),
  }
}

function isSame(a: RangeReport, b: RangeReport): boolean {
  return a.key === b.key && a.listeners.join() === b.listeners.join()
}

function mergeHolders(all: readonly HolderReport[]): readonly HolderReport[] {
  const merged = new Map<string, HolderReport>()
  for (const each of all) {
    const key = `${each.holder} ${each.local}`
    const known = merged.get(key)
    const ports = [...(known?.ports ?? []), ...each.ports].toSorted((a, b) => a.port - b.port)
    merged.set(key, {
      ...each,
      used: new Set(ports.map(({ port }) => port)).size,
      open: [...(known?.open ?? []), ...each.open],
      ports,
    })
  }
  return [...merged.values()].toSorted(byAddress)
}

function holders(uses: readonly PortUse[], open: readonly OpenRange[]): readonly HolderReport[] {
  const found = new Map<string, { who: Who; uses: PortUse[]; open: string[] }>()
  const of = ({ holder, local }: Who): { uses: PortUse[]; open: string[] } => {
    const key = `${holder} ${local}`
    const known = found.get(key) ?? { who: { holder, local }, uses: [], open: [] }
    found.set(key, known)
    return known
  }
  for (const use of uses) of(use).uses.push(use)
  for (const range of open) of(range).open.push(range.session)
  return [...found.values()]
    .map(({ who, ...its }) => holderReport(who, its.uses, its.open))
    .toSorted(byAddress)
}

type Who = Pick<PortUse, 'holder' | 'local'>

function holderReport(who: Who, uses: readonly PortUse[], open: readonly string[]): HolderReport {
  return {
    ...who,
    used: new Set(uses.map(({ port }) => port)).size,
    open,
    ports: uses.toSorted((a, b) => a.port - b.port).map(heldPort),
  }
}

function heldPort({ port, state, session }: PortUse): HeldPort {
  return session === undefined ? { port, state } : { port, state, session }
}

/** IPv4 before IPv6, and each as numbers. */
function byAddress(a: HolderReport, b: HolderReport): number {
  const [one, other] = [sortKey(a), sortKey(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

function sortKey({ holder, local }: HolderReport): string {
  return [holder, local]
    .map((text) => Buffer.from(ipBytes(text)).toString('hex').padStart(32, ' '))
    .join(' ')
}
