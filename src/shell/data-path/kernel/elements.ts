/**
 * What is open, as elements of the sets and maps of the ruleset, and the commands that add and delete
 * them. An element may be gone before it is deleted (the first connection took it, or its time ran
 * out), and a command that fails would take its whole transaction with it: so it is added first.
 * Adding what is there changes nothing, and nobody sees what a transaction does halfway.
 */
import { type Endpoint, sameEndpoint } from '../../../net/endpoint.ts'
import type { Duration } from '../../../net/instant.ts'
import { type Ip, ipFamily } from '../../../net/ip.ts'
import type { Pinhole } from '../../../engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../engine/nat/scoped-range.ts'
import { formatPortRange, type Port, type PortRange } from '../../../net/port.ts'
import { expectedSetName, type SetRole, setName } from './table-names.ts'

export interface Element {
  readonly set: string
  readonly key: string
  /** What a map leads to. */
  readonly value: string | undefined
  readonly timeoutSeconds: number
  /** Its set has ranges of ports in its keys. */
  readonly isInterval: boolean
}

export interface Command {
  readonly type: 'add' | 'add-anyhow' | 'delete'
  readonly element: Element
}

/** How long what is claimed outlives what is expected, so that none is led on and then not known. */
const CLAIM_MARGIN_SECONDS = 1

/** Ranges are renewed while they are open; those of a killed process are gone after this. */
export const RANGE_TIMEOUT_SECONDS = 60

/** Longer than TCP retransmits to a peer that does not answer. */
const CUT_TIMEOUT_SECONDS = 1800

/**
 * `listen` is that of the pinhole, with its port. Where the rules permit no source port, nobody can
 * come, and nothing is added.
 */
export function pinholeElements(
  pinhole: Pinhole,
  listen: Endpoint,
  timeout: Duration,
): readonly Element[] {
  const { peer, dial, from, fromPorts } = pinhole
  if (fromPorts?.length === 0) return []
  const timeoutSeconds = Math.max(1, Math.ceil(timeout / 1000))
  const longer = timeoutSeconds + CLAIM_MARGIN_SECONDS
  const key = flowKey(peer, dial.address, dial.port)
  const atoms = fromPorts ?? [undefined]
  return [
    ...atoms.map((atom) => expected(expectedSetName(ipFamily(peer), atom), key, timeoutSeconds)),
    element('claimed', peer, key, undefined, longer),
    ...(sameEndpoint(listen, dial)
      ? []
      : [
          element(
            'pinholes',
            peer,
            flowKey(peer, listen.address, listen.port),
            concatenate(dial.address, dial.port),
            timeoutSeconds,
          ),
        ]),
    ...sourceElements(pinhole.mode, peer, key, from, longer),
  ]
}

function expected(set: string, key: string, timeoutSeconds: number): Element {
  return { set, key, value: undefined, timeoutSeconds, isInterval: false }
}

function sourceElements(
  mode: Pinhole['mode'],
  peer: Ip,
  key: string,
  from: Pinhole['from'],
  timeoutSeconds: number,
): readonly Element[] {
  if (from.address === peer) return []
  return mode === 'active' && from.port !== undefined
    ? [element('sources_port', peer, key, concatenate(from.address, from.port), timeoutSeconds)]
    : [element('sources', peer, key, from.address, timeoutSeconds)]
}

export function rangeElements(range: ScopedRange): readonly Element[] {
  return [...passiveElements(range), ...activeElements(range)]
}

function passiveElements({ peer, listen, dial, from, permitted }: ScopedRange): readonly Element[] {
  return permitted.flatMap((ports) => {
    const key = rangeKey(peer, dial, ports)
    return [
      ranged('range_expected', peer, key, undefined),
      ...(listen.address === dial
        ? []
        : [ranged('ranges', peer, rangeKey(peer, listen.address, ports), dial)]),
      ...(from === peer ? [] : [ranged('range_sources', peer, key, from)]),
    ]
  })
}

function activeElements({ peer, dial, active }: ScopedRange): readonly Element[] {
  if (active === undefined) return []
  const { from, ports } = active
  return ports.flatMap((range) => {
    const key = rangeKey(dial, peer, range)
    return [
      ranged('active_expected', peer, key, undefined),
      ...(from.address === dial
        ? []
        : [ranged('active_sources', peer, key, concatenate(from.address, from.port))]),
    ]
  })
}

/** Both directions of one connection, as its packets look where it is forwarded. */
export function cutElements(source: Endpoint, destination: Endpoint): readonly Element[] {
  const ends = (a: Endpoint, b: Endpoint): string =>
    `${concatenate(a.address, a.port)} . ${concatenate(b.address, b.port)}`
  return [ends(source, destination), ends(destination, source)].map((key) =>
    element('cut', source.address, key, undefined, CUT_TIMEOUT_SECONDS),
  )
}

/** Where a connection is expected to really go, as the sets name it. */
export function flowKey(source: Ip, destination: Ip, port: Port): string {
  return `${source} . ${destination} . ${port}`
}

export function adding(element: Element): readonly Command[] {
  return [{ type: 'add', element }]
}

/** Deletes an element that is there, and one that is not. */
export function deleting(element: Element): readonly Command[] {
  return [
    { type: 'add-anyhow', element },
    { type: 'delete', element },
  ]
}

/** Adds an element whose time begins anew, whether it is there or not. */
export function renewing(element: Element): readonly Command[] {
  return [...deleting(element), ...adding(element)]
}

function element(
  role: SetRole,
  peer: Ip,
  key: string,
  value: string | undefined,
  timeoutSeconds: number,
): Element {
  return { set: setName(role, ipFamily(peer)), key, value, timeoutSeconds, isInterval: false }
}

function ranged(role: SetRole, peer: Ip, key: string, value: string | undefined): Element {
  return { ...element(role, peer, key, value, RANGE_TIMEOUT_SECONDS), isInterval: true }
}

function rangeKey(source: Ip, destination: Ip, ports: PortRange): string {
  return `${source} . ${destination} . ${formatPortRange(ports)}`
}

function concatenate(address: Ip, port: Port): string {
  return `${address} . ${port}`
}
