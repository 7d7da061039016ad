/** Problems that only show when parts of a ruleset are seen together. */
import { cidrHas } from '../../net/cidr.ts'
import { type IpFamily, ipFamily } from '../../net/ip.ts'
import { rangeHas } from '../../net/port.ts'
import { checkEncryption, checkProfiles } from './check-encryption.ts'
import { checkInterception } from './check-interception.ts'
import { checkListeners } from './check-listeners.ts'
import { checkServerPassivePorts } from './check-server-passive-ports.ts'
import { checkSourcePorts } from './check-source-ports.ts'
import { checkWorkers } from './check-workers.ts'
import { quote } from './diagnostic.ts'
import type { RuleDocument } from './document.ts'
import type { Parts, Placed } from './parts.ts'
import { type Listener, ORIGINAL_DESTINATION, type Rule, type RuleKind } from './ruleset.ts'
import { checkShadows } from './shadow.ts'
import { suggest } from './suggest.ts'

/** Reports to the documents themselves. `documents` is empty only when there is no file at all. */
export function checkParts(
  parts: Parts,
  documents: readonly RuleDocument[],
  forRunning: boolean,
): void {
  const [first] = documents
  checkNames(parts.listeners, 'listener')
  checkNames(parts.rules, 'rule')
  checkListeners(parts)
  checkInterception(parts)
  checkServerPassivePorts(parts)
  checkWorkers(parts)
  checkProfiles(parts)
  checkProfileUses(parts)
  for (const rule of parts.rules) checkFamilies(rule, parts)
  checkLimits(parts)
  checkSourcePorts(parts)
  checkShadows(parts.rules)
  const isSound = documents.every(({ diagnostics }) =>
    diagnostics.every(({ severity }) => severity !== 'error'),
  )
  // What is missing can only be judged when nothing was left out for a problem of its own.
  if (first === undefined || !isSound) return
  if (forRunning && parts.listeners.length === 0)
    first.report('error', ['listeners'], 'there are no listeners, so there is nothing to run')
  checkEncryption(parts)
  checkUnusedProfiles(parts)
  checkReach(parts, first)
}

function checkNames(items: readonly Placed<{ readonly name: string }>[], what: string): void {
  const seen = new Map<string, Placed<unknown>>()
  for (const item of items) {
    const { name } = item.value
    const earlier = seen.get(name)
    if (earlier === undefined) {
      seen.set(name, item)
      continue
    }
    const at = earlier.document.position(earlier.path)
    const path = [...item.path, 'name']
    item.document.report('error', path, `the ${what} at ${at} is already called ${quote(name)}`)
  }
}

function checkProfileUses({ profileNames, profileUses }: Parts): void {
  const known = new Set(['default', ...profileNames])
  for (const { value, document, path } of profileUses) {
    if (known.has(value)) continue
    const meant = suggest(value, [...known])
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    document.report('error', path, `there is no profile ${quote(value)}${hint}`)
  }
}

function checkUnusedProfiles({ profiles, rules }: Parts): void {
  const used = new Set(
    rules
      .filter(({ value }) => value.kind === 'control' && value.action === 'permit')
      .map(({ value }) => value.profile ?? 'default'),
  )
  for (const { value, document, path } of profiles) {
    if (used.has(value.name)) continue
    document.reportKey('warning', path, `no rule uses the profile ${quote(value.name)}`)
  }
}

/** A listener may join IPv6 clients with an IPv4 server; without one such a rule is a slip. */
function checkFamilies({ value: rule, document, path }: Placed<Rule>, parts: Parts): void {
  const { from, to } = rule
  if (from === undefined || to === undefined) return
  const families = new Set(from.map(({ address }) => ipFamily(address)))
  if (to.some(({ address }) => families.has(ipFamily(address)))) return
  const fromFamily: IpFamily = families.has(4) ? 4 : 6
  const toFamily: IpFamily = fromFamily === 4 ? 6 : 4
  const [client, server] =
    rule.kind === 'active-data' ? [toFamily, fromFamily] : [fromFamily, toFamily]
  if (parts.listeners.some(({ value }) => joins(value, client, server))) return
  const message = `"from" is IPv${fromFamily} and "to" is IPv${toFamily}: no listener joins the two`
  document.report('warning', path, message)
}

function joins({ listen, server: target }: Listener, client: IpFamily, server: IpFamily): boolean {
  const takesBoth = listen.address === '::'
  if (target === ORIGINAL_DESTINATION) return false
  return ipFamily(target.address) === server && (takesBoth || ipFamily(listen.address) === client)
}

function checkLimits({ limits }: Parts): void {
  if (limits === undefined || limits.value.sessionsPerClient <= limits.value.sessions) return
  const path = [...limits.path, 'sessions-per-client']
  limits.document.report('warning', path, 'one client may have more sessions than all together')
}

/** Who and what gets through at all. Denying on purpose, by a rule, is nothing to warn of. */
function checkReach(parts: Parts, first: RuleDocument): void {
  const rules = parts.rules.map(({ value }) => value)
  const last = parts.rules.at(-1)?.document ?? first
  const permits = (kind: RuleKind): readonly Rule[] =>
    rules.filter((rule) => rule.kind === kind && rule.action === 'permit')
  const control = permits('control')
  if (control.length === 0) {
    last.reportKey('warning', ['rules'], 'no rule permits control, so nobody can connect')
    return
  }
  for (const listener of parts.listeners) checkServer(listener, control)
  const speaks = (kind: RuleKind): boolean => rules.some((rule) => rule.kind === kind)
  if (!speaks('passive-data'))
    last.reportKey('warning', ['rules'], 'no rule permits passive-data: PASV and EPSV will fail')
  if (!speaks('active-data') && usesActiveMode(parts, control))
    last.reportKey('warning', ['rules'], 'no rule permits active-data: PORT and EPRT will fail')
}

function usesActiveMode({ profiles }: Parts, control: readonly Rule[]): boolean {
  const denying = new Set(
    profiles.filter(({ value }) => value.activeMode === 'denied').map(({ value }) => value.name),
  )
  return control.some(({ profile }) => !denying.has(profile ?? 'default'))
}

function checkServer({ value, document, path }: Placed<Listener>, control: readonly Rule[]): void {
  const [address, port] =
    value.server === ORIGINAL_DESTINATION
      ? [undefined, value.interceptPort]
      : [value.server.address, value.server.port]
  const isReachable = control.some(
    ({ to, port: ports }) =>
      (address === undefined || to === undefined || to.some((one) => cidrHas(one, address))) &&
      (ports === undefined || rangeHas(ports, port)),
  )
  if (isReachable) return
  const whom = address === undefined ? `port ${port} of any server` : 'this server'
  const message = `no rule permits control to ${whom}, so nobody can connect`
  document.report('warning', [...path, 'server'], message)
}
