/** One sentence for each finding. */
import type { Profile } from '../engine/rules/ruleset.ts'
import { REASONS, type Reason } from '../engine/session/reason.ts'
import { formatEndpoint } from '../net/endpoint.ts'
import { ipFamily } from '../net/ip.ts'
import { formatPortRange } from '../net/port.ts'
import type { Cast } from './cast.ts'
import { type Cell, isActive, isHidden } from './cell.ts'
import type { Finding } from './finding.ts'
import { NETWORK_REASONS, type NetworkReason, type Trial } from './trial.ts'

/** Ends in a full stop. */
export function why(finding: Finding, cast: Cast, profile: Profile): string {
  const { outcome, conditions, telling, cell } = finding
  if (outcome === 'refused') return `${refusal(cell, telling, cast, profile)}.`
  const way = wayOf(
    cell,
    cast,
    conditions.some(({ on }) => on === 'server-ports'),
  )
  if (outcome === 'works') return `${way}.`
  return `${way}, if ${conditions.map(({ text }) => text).join(', and ')}.`
}

/** How a data connection gets through. */
function wayOf(cell: Cell, cast: Cast, isNumbered: boolean): string {
  const { listener, client, server } = cast
  const isTranslated = ipFamily(client.address) !== ipFamily(server.address)
  const { serverPassivePorts: range } = listener
  if (isHidden(cell)) {
    const ports = range === undefined || isNumbered ? '' : ` ${formatPortRange(range)}`
    return isActive(cell)
      ? 'Nobody can read which port is announced, so while the session lives the server may connect to this client'
      : `Nobody can read which port is announced, so while the session lives its client may reach the server's own passive ports${ports}`
  }
  return isActive(cell) ? activeWay(cast, isTranslated) : passiveWay(cast, isTranslated)
}

function activeWay(cast: Cast, isTranslated: boolean): string {
  const { nat, keepClientAddress } = cast.listener
  if (keepClientAddress)
    return 'The proxy reads where the client waits and lets the server connect there once'
  const form = isTranslated ? `, in a form that ${familyName(cast)} can hold,` : ''
  const own = nat === undefined ? 'an address of its own' : 'the public address'
  return `The proxy reads where the client waits, tells the server ${own}${form} and opens it for the server alone`
}

function passiveWay(cast: Cast, isTranslated: boolean): string {
  if (cast.listener.intercept !== 'none')
    return 'The proxy reads where the server waits and lets this client connect there once'
  return isTranslated
    ? `The proxy asks the server in its own ${familyName(cast)}, leases a port to this client and opens it for one connection`
    : 'The proxy reads where the server waits, leases a port to this client and opens it for one connection'
}

function familyName({ server }: Cast): string {
  return `IPv${ipFamily(server.address)}`
}

type Phrase = (cell: Cell, trial: Trial, cast: Cast, profile: Profile) => string

const named = ({ name }: Profile): string => `The profile "${name}"`

/** Where the general sentence of a reason can be made to say more. */
const PHRASES: Partial<Record<Reason | NetworkReason, Phrase>> = {
  'rule.none': (_, trial) => `No rule permits ${connection(trial)}`,
  'rule.denied': (_, trial) => `The rule "${trial.rule}" denies ${connection(trial)}`,
  'active.denied': (_, _trial, _cast, profile) =>
    `${named(profile)} refuses active mode (active-mode: denied)`,
  'auth.forbidden': (_, _trial, _cast, profile) =>
    `${named(profile)} forbids encryption, so AUTH is refused (encryption: forbidden)`,
  'auth.mechanism': (cell, _trial, _cast, profile) => {
    const wanted = cell.protection === 'gssapi' ? 'GSSAPI' : 'TLS'
    const listed = [...profile.mechanisms].join(', ')
    return `${named(profile)} refuses AUTH ${wanted} (mechanisms: [${listed}])`
  },
  'tls.required': (_, _trial, _cast, profile) =>
    `${named(profile)} lets nobody log in before AUTH (encryption: required)`,
  'tls.unexpected': (_, _trial, { listener }) =>
    `Sessions of the listener "${listener.name}" begin clear, and TLS with the first byte ends them (tls: explicit)`,
  'timeout.handshake': (_, _trial, { listener }) =>
    `Sessions of the listener "${listener.name}" begin with TLS, so a client that awaits a clear greeting waits in vain (tls: ${listener.tls})`,
  'ccc.forbidden': (_, _trial, _cast, profile) =>
    `${named(profile)} ends sessions that become clear again (clear-command-channel: forbidden)`,
  'opaque.denied': (_, _trial, _cast, profile) =>
    profile.opaqueData === 'deny'
      ? `Nobody can read which port is announced, and the profile "${profile.name}" opens none unread (opaque-data: deny)`
      : `Nobody can read which port is announced before CCC, which the profile "${profile.name}" requires (clear-command-channel: required)`,
  'network.family': (cell, _trial, { listener }) =>
    `IPv${cell.family} clients cannot connect to the listener "${listener.name}" (${whereIs(listener)})`,
  'network.not-intercepted': (cell, _trial, { listener }) =>
    `IPv${cell.family} connections pass the listener "${listener.name}" by, and the proxy neither helps nor refuses them (${whereIs(listener)})`,
  'network.no-range': (_, _trial, { listener }) =>
    `Nobody can read which port is announced, and the listener "${listener.name}" names no server-passive-ports`,
  'network.server-refuses': (cell, _trial, { client }) =>
    cell.family === 6 && cell.command.startsWith('P')
      ? `${cell.command} can only name IPv4 addresses, and nobody can translate what nobody can read`
      : `The announced address can neither be read nor replaced: the server is told ${client.address}, which is not whom it sees, and refuses`,
  'network.past-proxy': (cell, _trial, { server, client }) =>
    isActive(cell)
      ? `The announced address can neither be read nor replaced: the server would connect to ${client.address} itself, past the proxy`
      : `The announced address can neither be read nor replaced: the client would connect to ${server.address} itself, past the proxy`,
  'port.family': (cell) =>
    `${cell.command} cannot name an IPv6 address: such clients use EPRT and EPSV`,
}

function refusal(cell: Cell, trial: Trial, cast: Cast, profile: Profile): string {
  const { reason } = trial
  if (reason === undefined) return 'The session ends without a word'
  const phrase = PHRASES[reason]
  if (phrase !== undefined) return phrase(cell, trial, cast, profile)
  const sentence =
    reason in REASONS ? REASONS[reason as Reason] : NETWORK_REASONS[reason as NetworkReason]
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** The connection that was asked about. */
function connection({ facts }: Trial): string {
  if (facts === undefined) return 'it'
  const { kind, from, to, port, fromPort } = facts
  const source = kind === 'active-data' && fromPort !== undefined ? ` port ${fromPort}` : ''
  return `${kind} from ${from}${source} to ${to} port ${port}`
}

function whereIs({ intercept, listen, server }: Cast['listener']): string {
  if (intercept === 'none' || typeof server === 'string') return `listen: ${formatEndpoint(listen)}`
  return `server: ${formatEndpoint(server)}`
}
