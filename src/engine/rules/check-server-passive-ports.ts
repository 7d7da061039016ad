/**
 * `server-passive-ports` are the only ports that the proxy and a server have in common: for an opaque
 * session the proxy listens on the server's own numbers. So nothing else of the proxy may be there.
 * Clients that are intercepted connect to the server's own address, where the proxy has no ports.
 */
import type { Ip } from '../../net/ip.ts'
import { formatEndpoint } from '../../net/endpoint.ts'
import { formatPortRange, rangeHas, rangeSize, rangesOverlap } from '../../net/port.ts'
import { canCollide } from './check-listeners.ts'
import { DEFAULTS } from './defaults.ts'
import { quote, type Severity } from './diagnostic.ts'
import type { Parts, Placed } from './parts.ts'
import { type Listener, ORIGINAL_DESTINATION } from './ruleset.ts'

/** Beyond this many, one encrypted session costs more listening sockets than is reasonable. */
const PORTS_MAX = 1000

export function checkServerPassivePorts(parts: Parts): void {
  const earlier: Placed<Listener>[] = []
  for (const listener of parts.listeners) {
    if (listener.value.serverPassivePorts === undefined) continue
    if (listener.value.intercept !== 'none') continue
    checkAgainstPassivePorts(listener, parts)
    checkAgainstListeners(listener, parts)
    checkAgainstOtherServers(listener, earlier)
    checkOwnServer(listener)
    checkWidth(listener, parts)
    earlier.push(listener)
  }
}

function checkAgainstPassivePorts(listener: Placed<Listener>, { passivePorts }: Parts): void {
  const leased = passivePorts?.value ?? DEFAULTS.passivePorts
  const own = listener.value.serverPassivePorts
  if (own === undefined || !rangesOverlap(own, leased)) return
  const ports = formatPortRange(leased)
  const where =
    passivePorts === undefined
      ? `${ports} (the default)`
      : `${ports} at ${passivePorts.document.position(passivePorts.path)}`
  const why =
    "one port of the proxy cannot be leased to a clear session and be the server's as well"
  report('error', listener, `overlaps the passive-ports ${where}: ${why}`)
}

function checkAgainstListeners(listener: Placed<Listener>, { listeners }: Parts): void {
  const { serverPassivePorts: range, listen } = listener.value
  if (range === undefined) return
  for (const other of listeners) {
    const taken = other.value.listen
    if (!rangeHas(range, taken.port) || !canCollide(taken.address, listen.address)) continue
    const at = other.document.position([...other.path, 'listen'])
    const who = `the listener ${quote(other.value.name)} at ${at}`
    report('error', listener, `${who} is on one of these ports, ${formatEndpoint(taken)}`)
  }
}

/** Who connects to a port of the proxy is told by the port alone which server is meant. */
function checkAgainstOtherServers(
  listener: Placed<Listener>,
  earlier: readonly Placed<Listener>[],
): void {
  const { serverPassivePorts: range, listen } = listener.value
  const rival = earlier.find(
    ({ value }) =>
      range !== undefined &&
      value.serverPassivePorts !== undefined &&
      rangesOverlap(value.serverPassivePorts, range) &&
      canCollide(value.listen.address, listen.address) &&
      addressOf(value) !== addressOf(listener.value),
  )
  if (rival === undefined) return
  const at = rival.document.position([...rival.path, KEY])
  const other = `those of ${quote(rival.value.name)} at ${at}`
  report('error', listener, `overlaps ${other}, which has another server: ${ONE_SERVER}`)
}

const ONE_SERVER = 'the port alone must tell which server is meant'

/** Other addresses of this host are not known here. */
function checkOwnServer(listener: Placed<Listener>): void {
  if (listener.value.listen.address !== addressOf(listener.value)) return
  const why = 'the proxy cannot listen there too'
  report('error', listener, `the server is at the listener's own address and needs them: ${why}`)
}

/** The kernel needs no sockets. */
function checkWidth(listener: Placed<Listener>, { dataPath }: Parts): void {
  if (dataPath?.value === 'kernel') return
  const range = listener.value.serverPassivePorts
  if (range === undefined || rangeSize(range) <= PORTS_MAX) return
  const cost = `${rangeSize(range)} ports are as many listening sockets while a session is encrypted`
  report('warning', listener, `${cost}; a hundred are enough for most servers`)
}

const KEY = 'server-passive-ports'

function addressOf({ server }: Listener): Ip | undefined {
  return server === ORIGINAL_DESTINATION ? undefined : server.address
}

function report(severity: Severity, { document, path }: Placed<Listener>, message: string): void {
  document.report(severity, [...path, KEY], message)
}
