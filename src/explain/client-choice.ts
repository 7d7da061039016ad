/** Whose sessions are explained when nobody is named: a client that a control rule lets in. */
import type { Evaluator, Rule } from '../engine/rules/ruleset.ts'
import { isLoopback, isSpecialAddress } from '../engine/nat/address-policy.ts'
import { type Cidr, cidrHas, familyBits } from '../net/cidr.ts'
import type { Endpoint } from '../net/endpoint.ts'
import { type Ip, type IpFamily, ip, ipBytes, ipFamily, ipFromBytes } from '../net/ip.ts'
import { port } from '../net/port.ts'

export interface ChosenClient {
  readonly address: Ip
  /** The control rule that decides about it; `undefined` when none does. */
  readonly rule: Rule | undefined
  readonly isPermitted: boolean
}

/** Addresses for documentation; loopback where everything is on one machine. */
const STRANGERS: Readonly<Record<IpFamily, readonly Ip[]>> = {
  4: [ip('198.51.100.77'), ip('192.0.2.77'), ip('203.0.113.77')],
  6: [ip('2001:db8::77'), ip('2001:db8:1::77'), ip('2001:db8:2::77')],
}
const LOOPBACK: Readonly<Record<IpFamily, Ip>> = { 4: ip('127.0.0.1'), 6: ip('::1') }
const CLIENT_PORT = port(40_000)
/** How many addresses of a block are tried: a few may be taken, or denied by an earlier rule. */
const HOSTS_TRIED = 8
const RULES_TRIED = 1_000

/** The first client that a rule permits, in the order of the rules; at worst one that none does. */
export function chooseClient(
  evaluator: Evaluator,
  server: Endpoint,
  family: IpFamily,
  taken: ReadonlySet<Ip>,
): ChosenClient {
  const [first] = clientsOf(evaluator, server, family, taken)
  return first ?? judge(evaluator, server, strangersTo(server, family)[0] ?? LOOPBACK[family])
}

/** For listeners that serve every server: one that a control rule names. */
export function chooseServer({ ruleset }: Evaluator, family: IpFamily): Ip | undefined {
  return ruleset.rules
    .filter(({ action, kind }) => action === 'permit' && kind === 'control')
    .slice(0, RULES_TRIED)
    .flatMap(({ to }) => to ?? [])
    .filter(({ address }) => ipFamily(address) === family)
    .flatMap(hostsOf)
    .at(0)
}

/** What the rules say of this client. */
export function judge(evaluator: Evaluator, server: Endpoint, address: Ip): ChosenClient {
  const { type, rule } = evaluator.evaluate({
    kind: 'control',
    from: address,
    to: server.address,
    port: server.port,
    fromPort: CLIENT_PORT,
  })
  return { address, rule, isPermitted: type === 'permit' }
}

/** One client for each control rule that lets somebody in to this server. */
export function clientsOf(
  evaluator: Evaluator,
  server: Endpoint,
  family: IpFamily,
  taken: ReadonlySet<Ip>,
): readonly ChosenClient[] {
  return controlRules(evaluator)
    .slice(0, RULES_TRIED)
    .flatMap((rule) => {
      const blocks = rule.from?.filter(({ address }) => ipFamily(address) === family)
      const candidates = blocks?.flatMap(hostsOf) ?? strangersTo(server, family)
      const fit = candidates
        .filter((address) => !taken.has(address))
        .map((address) => judge(evaluator, server, address))
        .find(({ isPermitted, rule: decides }) => isPermitted && decides === rule)
      return fit === undefined ? [] : [fit]
    })
}

function strangersTo({ address }: Endpoint, family: IpFamily): readonly Ip[] {
  return isLoopback(address) ? [LOOPBACK[family]] : STRANGERS[family]
}

function controlRules({ ruleset }: Evaluator): readonly Rule[] {
  return ruleset.rules.filter(({ action, kind }) => action === 'permit' && kind === 'control')
}

/** The first hosts of a block, without the network itself. */
function hostsOf(block: Cidr): readonly Ip[] {
  const family = ipFamily(block.address)
  if (block.prefix === familyBits(family)) return [block.address]
  const bytes = ipBytes(block.address)
  return Array.from({ length: HOSTS_TRIED }, (_, index) =>
    ipFromBytes([...bytes.slice(0, -1), ((bytes.at(-1) ?? 0) | (index + 1)) & 0xff]),
  ).filter((address) => cidrHas(block, address) && isHost(address))
}

function isHost(address: Ip): boolean {
  return isLoopback(address) || !isSpecialAddress(address)
}
