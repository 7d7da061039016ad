/**
 * What might help against each reason for which a transfer is refused, the least permissive first.
 * These are suggestions: whether they help, the engine is asked again.
 */
import type { Evaluator, Listener, Profile, Rule } from '../engine/rules/ruleset.ts'
import { isLoopback } from '../engine/nat/address-policy.ts'
import { type Cidr, familyBits } from '../net/cidr.ts'
import { endpoint } from '../net/endpoint.ts'
import { type Ip, ip, ipFamily } from '../net/ip.ts'
import { type PortRange, formatPortRange, port, rangeSize, rangesOverlap } from '../net/port.ts'
import { isActive, isHidden } from './cell.ts'
import type { Change } from './change.ts'
import type { ExplainedCell, ExplainedClients } from './explain.ts'

export interface Ailing {
  readonly evaluator: Evaluator
  readonly listener: Listener
  readonly clients: ExplainedClients
  readonly cell: ExplainedCell
  /** The control rule by which the client got in before anything was changed. */
  readonly admittedBy: Rule | undefined
}

const PORTS = (first: number, last: number): PortRange => ({ first: port(first), last: port(last) })
const FTP = port(21)
const FTP_IMPLICIT = port(990)
const UNPRIVILEGED = PORTS(1024, 65_535)
const DATA_PORT = PORTS(20, 20)
/** A range of the server's is suggested where the rules name none this small. */
const PASSIVE_PORTS_MAX = 1_000
const SUGGESTED = [PORTS(60_000, 60_099), PORTS(61_000, 61_099), PORTS(62_000, 62_099)]
/** Stands for an IPv6 address of the proxy's host. */
const OWN_IPV6: Ip = ip('2001:db8::10')
const LOOPBACK: Ip = ip('::1')

export function remedies(ailing: Ailing): readonly Change[] {
  const { cell, listener } = ailing
  const profile = profileOf(ailing)
  switch (cell.telling.reason) {
    case 'active.denied':
      return [
        key(profile, 'active-mode', 'allowed', { activeMode: 'allowed' }, 'allow active mode'),
      ]
    case 'auth.forbidden':
      return [key(profile, 'encryption', 'allowed', { encryption: 'allowed' }, 'allow encryption')]
    case 'tls.required':
      return [unencrypted(profile)]
    case 'auth.mechanism':
      return [mechanism(profile, cell.cell.protection === 'gssapi' ? 'GSSAPI' : 'TLS')]
    case 'ccc.forbidden':
      return [clearAgain(profile)]
    case 'login.required':
    case 'login.after-ccc':
      return [
        key(
          profile,
          'login-after-ccc',
          'kept',
          { loginAfterCcc: 'kept' },
          'count the login made before CCC',
        ),
      ]
    case 'opaque.denied':
      return profile.opaqueData === 'deny'
        ? [
            key(
              profile,
              'opaque-data',
              'static',
              { opaqueData: 'static' },
              "open the server's own ports to sessions that cannot be read",
            ),
          ]
        : [clearAgain(profile)]
    case 'network.no-range':
      return ownRange(ailing)
    case 'tls.unexpected':
      return [anotherListener(listener, 'implicit')]
    case 'timeout.handshake':
      return [anotherListener(listener, 'explicit')]
    case 'network.family':
    case 'network.not-intercepted':
      return listenerFor6(ailing)
    case 'network.server-refuses':
    case 'network.past-proxy':
      return isActive(cell.cell) && isHidden(cell.cell) ? unreadActive(ailing) : []
    case 'network.nobody-listens':
      return isHidden(cell.cell) ? [ruleFor(ailing)] : []
    case 'rule.none':
    case 'rule.denied':
      return [ruleFor(ailing)]
    default:
      return []
  }
}

const KERNEL: Change = {
  type: 'data-path',
  value: 'kernel',
  does: 'have the kernel carry data connections',
}

/** Nobody can change what the server is told, so it has to be true as it stands. */
function unreadActive({ evaluator, listener }: Ailing): readonly Change[] {
  if (evaluator.ruleset.dataPath !== 'kernel') return [KERNEL]
  if (listener.keepClientAddress || listener.nat !== undefined) return []
  return [
    {
      type: 'listener',
      listener: listener.name,
      key: 'keep-client-address',
      value: 'true',
      patch: { keepClientAddress: true },
      does: 'show clients to the server as they are',
      note: "the server's answers to its clients must come back through this host",
    },
  ]
}

function key(
  { name }: Profile,
  keyName: string,
  value: string,
  patch: Partial<Profile>,
  does: string,
): Change {
  return { type: 'profile', profile: name, key: keyName, value, patch, does }
}

function unencrypted(profile: Profile): Change {
  return {
    ...key(profile, 'encryption', 'allowed', { encryption: 'allowed' }, 'let sessions stay clear'),
    note: 'passwords can then be read on the way',
  }
}

function clearAgain(profile: Profile): Change {
  const patch = { clearCommandChannel: 'allowed' } as const
  return key(profile, 'clear-command-channel', 'allowed', patch, 'allow CCC')
}

function mechanism(profile: Profile, name: string): Change {
  const mechanisms = new Set([...profile.mechanisms, name])
  const value = `[${[...mechanisms].join(', ')}]`
  return key(profile, 'mechanisms', value, { mechanisms }, `let AUTH ask for ${name}`)
}

/** At one address the server needs its ports itself. */
function ownRange({ evaluator, listener, clients }: Ailing): readonly Change[] {
  const isSame = listener.listen.address === clients.server.address
  const range = serverRange(evaluator, listener)
  if (isSame && listener.intercept === 'none') return []
  return [
    {
      type: 'listener',
      listener: listener.name,
      key: 'server-passive-ports',
      value: formatPortRange(range),
      patch: { serverPassivePorts: range },
      does: "open the server's own passive ports to sessions that cannot be read",
    },
  ]
}

/** The ports that the server is configured to use: those that the rules name, or a suggestion. */
function serverRange({ ruleset }: Evaluator, listener: Listener): PortRange {
  const { passivePorts, rules } = ruleset
  const named = rules
    .filter(({ kind, action }) => kind === 'passive-data' && action === 'permit')
    .flatMap((rule) => rule.port ?? [])
    .filter((range) => rangeSize(range) <= PASSIVE_PORTS_MAX)
  const range = [...named, ...SUGGESTED].find((one) => !rangesOverlap(one, passivePorts))
  return listener.serverPassivePorts ?? range ?? UNPRIVILEGED
}

function anotherListener(listener: Listener, tls: 'explicit' | 'implicit'): Change {
  const at = tls === 'implicit' ? FTP_IMPLICIT : FTP
  const { server, listen } = listener
  const wanted: Listener = {
    ...listener,
    name: `${listener.name} ${tls}`,
    listen: endpoint(listen.address, at),
    interceptPort: at,
    server: typeof server === 'string' ? server : endpoint(server.address, at),
    tls,
  }
  const begins = tls === 'implicit' ? 'with TLS' : 'clear'
  return {
    type: 'new-listener',
    listener: wanted,
    does: `add a listener whose sessions begin ${begins}`,
  }
}

/** Where somebody listens on every IPv4 address, every IPv6 address is as good. */
function listenerFor6({ listener }: Ailing): readonly Change[] {
  if (listener.listen.address === '0.0.0.0') {
    const listen = endpoint(ip('::'), listener.listen.port)
    const value = `"[::]:${listener.listen.port}"`
    const does =
      listener.intercept === 'none' ? 'listen on IPv6 addresses as well' : 'intercept IPv6 as well'
    return [
      { type: 'listener', listener: listener.name, key: 'listen', value, patch: { listen }, does },
    ]
  }
  if (listener.intercept !== 'none') return []
  const wanted: Listener = {
    ...listener,
    name: `${listener.name} IPv6`,
    listen: endpoint(
      isLoopback(listener.listen.address) ? LOOPBACK : OWN_IPV6,
      listener.listen.port,
    ),
    publicAddress: undefined,
  }
  const isOwn = wanted.listen.address === OWN_IPV6
  const does = 'add a listener on an IPv6 address'
  const note = isOwn ? { note: `${OWN_IPV6} stands for an IPv6 address of this host` } : {}
  return [{ type: 'new-listener', listener: wanted, does, ...note }]
}

/** For this server, its ports, and the clients that may connect to it; nobody else. */
function ruleFor({ evaluator, listener, clients, cell, admittedBy }: Ailing): Change {
  const { client, server } = clients
  const { telling } = cell
  // No rule decides about what nobody can read: it is asked which ports it permits.
  const before = telling.reason === 'network.nobody-listens' ? undefined : telling.rule
  // Where every server is served, new rules are for those that the old ones are for.
  const isAny = typeof listener.server === 'string'
  const own = isAny ? admittedBy?.to : [host(server.address)]
  const rule = {
    action: 'permit',
    name: 'advice',
    profile: undefined,
    fromPort: undefined,
  } as const
  const isOfFamily = ({ address }: Cidr): boolean => ipFamily(address) === ipFamily(client.address)
  if (telling.step === 'connect') {
    const from =
      admittedBy === undefined ? [host(client.address)] : admittedBy.from?.filter(isOfFamily)
    const control: Rule = {
      ...rule,
      kind: 'control',
      from,
      to: own,
      port: { first: server.port, last: server.port },
      profile: admittedBy?.profile,
    }
    const who = admittedBy === undefined ? client.address : 'the same clients'
    return {
      type: 'rule',
      rule: control,
      before,
      does: `let ${who} connect to port ${server.port} of the server`,
    }
  }
  const theirs = client.rule?.from?.filter(isOfFamily)
  if (isActive(cell.cell)) {
    const does = 'permit the server to connect to these clients from port 20'
    const active: Rule = {
      ...rule,
      kind: 'active-data',
      from: own,
      fromPort: DATA_PORT,
      to: theirs,
      port: UNPRIVILEGED,
    }
    return { type: 'rule', rule: active, before, does }
  }
  const range = serverRange(evaluator, listener)
  const passive: Rule = { ...rule, kind: 'passive-data', from: theirs, to: own, port: range }
  const does = `permit these clients to connect to the server's ports ${formatPortRange(range)}`
  return { type: 'rule', rule: passive, before, does }
}

function host(address: Ip): Cidr {
  return { address, prefix: familyBits(ipFamily(address)) }
}

function profileOf({ evaluator, clients }: Ailing): Profile {
  const profile = evaluator.ruleset.profiles.get(clients.profile)
  if (profile === undefined) throw new Error(`no such profile: ${clients.profile}`)
  return profile
}
