/**
 * Whether the port ranges of a rule file suffice for a number of transfers a second.
 *
 * A port is in use for a peer from its announcement until TIME_WAIT of the connection on it is over:
 * the transfer, and 60 s more on Linux. Until then another connection between the same two addresses
 * and ports may fail. (What comes before the transfer is a round trip, and is left out.) The hold-off
 * of a lease, also 60 s, runs from the moment at which the peer has come; it lies within that time and
 * adds nothing. So, by Little's law, `r` transfers a second use `r x (transfer + 60)` ports on average;
 * bursts need more.
 *
 * What counts against a range depends on who shares its ports:
 * - Passive mode: a port is leased to one client at one of our addresses, so every client has the
 *   whole range, or with workers the slice of its worker, and more clients need no more ports.
 * - Active mode, where the kernel carries data: the peer that connects is the server, so all its
 *   clients share the range. It connects from port 20, so that our port alone tells its connections
 *   apart. (The relay asks the operating system for a port instead.)
 * - `server-passive-ports` are the server's own: it gives each to one client at a time, and its clear
 *   sessions take theirs from the same ones. All its clients share them. A server that binds with
 *   SO_REUSEADDR may use a port again before TIME_WAIT is over; nobody here knows, so none is assumed.
 *
 * Each range is judged as if every transfer went its way.
 */
import { type PortRange, rangeSize } from '../../net/port.ts'
import type { Ruleset } from './ruleset.ts'

/** Linux: TCP_TIMEWAIT_LEN, which cannot be set. */
export const TIME_WAIT_SECONDS = 60

/** What is asked of the ranges. */
export interface Load {
  /** In all, evenly spread over the clients. */
  readonly transfersPerSecond: number
  /** Distinct addresses; those behind one NAT are one. */
  readonly clients: number
  readonly transferSeconds: number
}

/** Who shares the ports of a range. */
export type Sharing = 'client' | 'server' | 'listener'

export interface RangeNeed {
  readonly key: 'passive-ports' | 'server-passive-ports'
  readonly mode: 'passive' | 'active'
  readonly sharing: Sharing
  /** Of `server-passive-ports`: the listener that names them. */
  readonly listener: string | undefined
  readonly ports: PortRange
  /** A second, of those who share the ports. */
  readonly rate: number
  /** How long a transfer keeps a port, in seconds. */
  readonly busySeconds: number
  /** Ports in use at this rate. */
  readonly needed: number
  readonly has: number
  readonly suffices: boolean
  /** The rate of those who share the ports that would just fit. */
  readonly fittingRate: number
  /** The same for all clients together. */
  readonly fittingRateInAll: number
}

type Range = Pick<RangeNeed, 'key' | 'mode' | 'sharing' | 'listener' | 'ports'>
type Facts = Pick<
  Ruleset,
  'listeners' | 'passivePorts' | 'dataPath' | 'profiles' | 'rules' | 'workers'
>

/** One answer for each range and each way it is used. */
export function rangeNeeds(ruleset: Facts, load: Load): readonly RangeNeed[] {
  return usedRanges(ruleset).map((range) => need(range, load, ruleset.workers))
}

function need(
  range: Range,
  { transfersPerSecond, clients, transferSeconds }: Load,
  workers: number,
): RangeNeed {
  const sharers = range.sharing === 'client' ? clients : 1
  const rate = transfersPerSecond / sharers
  const busySeconds = transferSeconds + TIME_WAIT_SECONDS
  // A client is with one worker, and a worker leases from its own slice.
  const has =
    range.sharing === 'client'
      ? Math.floor(rangeSize(range.ports) / workers)
      : rangeSize(range.ports)
  // 0.1 x 70 is a little more than 7 in binary, and not eight ports.
  const needed = Math.ceil(Number((rate * busySeconds).toPrecision(12)))
  const fittingRate = has / busySeconds
  return {
    ...range,
    rate,
    busySeconds,
    needed,
    has,
    suffices: needed <= has,
    fittingRate,
    fittingRateInAll: fittingRate * sharers,
  }
}

function usedRanges(ruleset: Facts): readonly Range[] {
  const { listeners, passivePorts } = ruleset
  const leased = { key: 'passive-ports', listener: undefined, ports: passivePorts } as const
  return [
    ...(leasesPassive(ruleset) ? [{ ...leased, mode: 'passive', sharing: 'client' } as const] : []),
    ...(leasesActive(ruleset) ? [{ ...leased, mode: 'active', sharing: 'server' } as const] : []),
    ...listeners.flatMap(({ name, serverPassivePorts: ports }): Range[] =>
      ports === undefined
        ? []
        : [
            {
              key: 'server-passive-ports',
              mode: 'passive',
              sharing: 'listener',
              listener: name,
              ports,
            },
          ],
    ),
  ]
}

/** Where connections are intercepted, clients use the ports that the server announced. */
function leasesPassive({ listeners }: Facts): boolean {
  return listeners.length === 0 || listeners.some(({ intercept }) => intercept === 'none')
}

/** A server that sees its clients' own addresses connects to them and not to us. */
function leasesActive({ listeners, dataPath, profiles, rules }: Facts): boolean {
  return (
    dataPath === 'kernel' &&
    listeners.some(({ keepClientAddress }) => !keepClientAddress) &&
    [...profiles.values()].some(({ activeMode }) => activeMode === 'allowed') &&
    rules.some(({ action, kind }) => action === 'permit' && kind === 'active-data')
  )
}
