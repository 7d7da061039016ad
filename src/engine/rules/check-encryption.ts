/** What profiles, listeners and rules say about encrypted sessions, where that does not go together. */
import { cidrHas } from '../../net/cidr.ts'
import type { Ip } from '../../net/ip.ts'
import { formatPortRange, type Port, type PortRange, port, rangeHas } from '../../net/port.ts'
import { DEFAULTS } from './defaults.ts'
import { quote } from './diagnostic.ts'
import type { Parts, Placed } from './parts.ts'
import {
  type DataPathName,
  type Listener,
  ORIGINAL_DESTINATION,
  type Profile,
  type Rule,
} from './ruleset.ts'

/** What a profile contradicts in itself, and listeners on the other kind's port. */
export function checkProfiles(parts: Parts): void {
  const onlyAuthEncrypts = parts.listeners.every(({ value }) => value.tls === 'explicit')
  for (const profile of parts.profiles) checkProfile(profile, onlyAuthEncrypts)
  for (const listener of parts.listeners) checkUsualPort(listener)
}

function checkProfile(placed: Placed<Profile>, onlyAuthEncrypts: boolean): void {
  const { value: profile, document, path } = placed
  const clearRequired = profile.clearCommandChannel === 'required'
  if (profile.encryption === 'forbidden' && clearRequired) {
    const message = 'encryption is forbidden here, so there is no encrypted session to make clear'
    document.report('error', [...path, 'clear-command-channel'], message)
  } else if (profile.mechanisms.size === 0 && onlyAuthEncrypts) {
    if (profile.encryption === 'required') {
      const message =
        'encryption is required, but there is no mechanism to begin it: nobody gets in'
      document.report('error', [...path, 'mechanisms'], message)
    } else if (clearRequired) {
      const message = 'CCC is required, but there is no mechanism to encrypt a session before it'
      document.report('error', [...path, 'mechanisms'], message)
    }
  }
}

function checkUsualPort({ value, document, path }: Placed<Listener>): void {
  const { intercept, interceptPort, listen, tls } = value
  // Where clients are intercepted, they know of the server's port alone.
  const isIntercepting = intercept !== 'none'
  const known = isIntercepting ? interceptPort : listen.port
  const at = [...path, isIntercepting ? 'intercept-port' : 'listen']
  if (known === 990 && tls === 'explicit') {
    const message = 'clients of port 990 usually begin with TLS: did you mean "tls: implicit"?'
    document.report('warning', at, message)
  } else if (known === 21 && tls !== 'explicit') {
    const message = `clients of port 21 usually begin clear and send AUTH: "tls: ${tls}" is for 990`
    document.report('warning', at, message)
  }
}

/** What shows only when nothing was left out: who can be encrypted at all, and get what. */
export function checkEncryption(parts: Parts): void {
  const known = new Map(parts.profiles.map(({ value }) => [value.name, value]))
  const rules = parts.rules.map(({ value }) => value).filter(({ action }) => action === 'permit')
  for (const listener of parts.listeners) {
    const servers = serversOf(listener.value)
    const profiles = possibleProfiles(servers, rules, known)
    checkImplicit(listener, profiles)
    checkOpaqueData(listener, servers, profiles, rules, parts.dataPath?.value ?? DEFAULTS.dataPath)
  }
}

/** Whom sessions of a listener go to: one server, or any at the port that is intercepted. */
interface Servers {
  readonly address: Ip | undefined
  readonly port: Port
}

function serversOf({ server, interceptPort }: Listener): Servers {
  return server === ORIGINAL_DESTINATION ? { address: undefined, port: interceptPort } : server
}

function mayBeFor({ to }: Rule, { address }: Servers): boolean {
  return address === undefined || (to?.some((one) => cidrHas(one, address)) ?? true)
}

/** Of sessions with these servers: a rule that an earlier one hides is counted all the same. */
function possibleProfiles(
  servers: Servers,
  rules: readonly Rule[],
  known: ReadonlyMap<string, Profile>,
): readonly Profile[] {
  const names = rules
    .filter((rule) => {
      const meant = rule.kind === 'control' && mayBeFor(rule, servers)
      return meant && (rule.port === undefined || rangeHas(rule.port, servers.port))
    })
    .map(({ profile }) => profile ?? 'default')
  return [...new Set(names)].map((name) => known.get(name) ?? { name, ...DEFAULTS.profile })
}

function checkImplicit(listener: Placed<Listener>, profiles: readonly Profile[]): void {
  const { value, document, path } = listener
  const forbidding = profiles.filter(({ encryption }) => encryption === 'forbidden')
  const [first] = forbidding
  if (value.tls === 'explicit' || first === undefined) return
  const why = `everything here is encrypted, which the profile ${quote(first.name)} forbids`
  if (forbidding.length === profiles.length)
    document.report('error', [...path, 'tls'], `${why}: nobody can connect`)
  else document.report('warning', [...path, 'tls'], `${why}: its clients cannot connect`)
}

function checkOpaqueData(
  { value: listener, document, path }: Placed<Listener>,
  servers: Servers,
  profiles: readonly Profile[],
  rules: readonly Rule[],
  dataPath: DataPathName,
): void {
  const profile = profiles.find((one) => mayBeOpaque(one, listener) && one.opaqueData === 'static')
  if (profile === undefined) return
  const { serverPassivePorts: range } = listener
  const whom = servers.address === undefined ? 'these servers' : 'this server'
  // The kernel needs to know no ports to let active mode through.
  const what = dataPath === 'kernel' ? 'no passive data connections' : 'no data connections'
  if (range === undefined) {
    // At one address the server needs its ports itself: there the first remedy would be an error.
    const remedy =
      listener.listen.address === servers.address ? '' : 'give server-passive-ports, or '
    const silence = `say "opaque-data: deny" in ${quote(profile.name)}`
    const message = `encrypted sessions get ${what} to ${whom}: ${remedy}${silence}`
    document.report('warning', [...path, 'server'], message)
    return
  }
  const permitted = rules.filter((rule) => rule.kind === 'passive-data' && mayBeFor(rule, servers))
  const gap = firstGap(range, permitted)
  if (gap === undefined) return
  const where = `no rule permits passive-data to port ${formatPortRange(gap)} of ${whom}`
  const message = `${where}: there encrypted sessions get no data connections`
  document.report('warning', [...path, 'server-passive-ports'], message)
}

function mayBeOpaque(profile: Profile, listener: Listener): boolean {
  if (profile.encryption === 'forbidden') return false
  return listener.tls !== 'explicit' || profile.mechanisms.size > 0
}

/** The first ports of `range` that no rule names for anybody. */
function firstGap(range: PortRange, rules: readonly Rule[]): PortRange | undefined {
  const named = rules
    .map((rule) => rule.port ?? range)
    .filter(({ first, last }) => last >= range.first && first <= range.last)
    .toSorted((a, b) => a.first - b.first)
  let next: number = range.first
  for (const { first, last } of named) {
    if (first > next) return { first: port(next), last: port(first - 1) }
    next = Math.max(next, last + 1)
  }
  return next > range.last ? undefined : { first: port(next), last: range.last }
}
