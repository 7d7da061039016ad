/** As many rules as one likes, and questions to them. */
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Facts, Rule, RuleKind, Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip, type Ip } from '../../src/net/ip.ts'
import { type Port, port } from '../../src/net/port.ts'

const KINDS: readonly RuleKind[] = ['control', 'active-data', 'passive-data']
const SERVERS = 20

/** One network in three is IPv6; every tenth rule denies, every other one has ports. */
export function rulesetOf(count: number): Ruleset {
  const server = endpoint(ip('192.0.2.1'), port(21))
  const rules = Array.from({ length: count }, (_, n): Rule => {
    const kind = kindOf(n)
    const client = { address: clientNetwork(n), prefix: n % 3 === 0 ? 24 : isIpv6(n) ? 64 : 29 }
    const target = { address: serverAddress(n), prefix: isIpv6(n) ? 128 : 32 }
    return {
      action: n % 10 === 9 ? 'deny' : 'permit',
      kind,
      name: `rule ${n + 1}`,
      from: kind === 'active-data' ? [target] : [client],
      to: kind === 'active-data' ? [client] : [target],
      port: n % 2 === 0 ? dataPorts(n, kind) : undefined,
      fromPort: undefined,
      profile: undefined,
    }
  })
  return { ...frontDoor({ listen: server, server }), rules }
}

/** Nine in ten are about a client that some rule knows. No two are the same. */
export function questionsTo(rules: number, count: number): readonly Facts[] {
  return Array.from({ length: count }, (_, index): Facts => {
    const n = (index * 7919) % rules
    const kind = kindOf(n)
    const client = index % 10 === 0 ? ip('198.51.100.7') : clientNetwork(n)
    const server = serverAddress(n)
    return {
      kind,
      from: kind === 'active-data' ? server : client,
      to: kind === 'active-data' ? client : server,
      port: kind === 'control' ? port(21) : ((30_000 + (index % 30_000)) as Port),
      fromPort: port(1024 + (index % 50_000)),
    }
  })
}

function kindOf(n: number): RuleKind {
  return KINDS[n % KINDS.length] ?? 'control'
}

function dataPorts(n: number, kind: RuleKind): Rule['port'] {
  if (kind === 'control') return { first: port(21), last: port(21) }
  return { first: port(30_000 + (n % 100)), last: port(60_000 + (n % 100)) }
}

function isIpv6(n: number): boolean {
  return n % 3 === 1
}

function clientNetwork(n: number): Ip {
  if (isIpv6(n)) return ip(`2001:db8:${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}::`)
  return ip(`${10 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0`)
}

function serverAddress(n: number): Ip {
  return isIpv6(n) ? ip(`2001:db8:ffff::${(n % SERVERS) + 1}`) : ip(`192.0.2.${(n % SERVERS) + 1}`)
}
