/**
 * At which ports to try. A verdict changes with the port only where some range of the rule file
 * begins or ends, so one port between each two such places stands for all of them.
 */
import type { Rule, Ruleset } from '../engine/rules/ruleset.ts'
import { cidrHas } from '../net/cidr.ts'
import { type Port, type PortRange, port } from '../net/port.ts'
import type { Cast } from './cast.ts'

/** What servers may announce. */
const SERVER_PORTS: PortRange = { first: port(1024), last: port(65_535) }
/** What systems give to clients that ask for any port (Linux from here, others from 49152). */
const CLIENT_PORTS: PortRange = { first: port(32_768), last: port(65_535) }
const DATA_PORT: PortRange = { first: port(20), last: port(20) }
/** Beyond that many ranges the first ones must do: each costs a session. */
const RANGES_MAX = 12

/** Stretches of the server's ports, those that the rule file names first. */
export function serverStretches(ruleset: Ruleset, { listener, client, server }: Cast): PortRange[] {
  const own = listener.serverPassivePorts
  const named = ruleset.rules
    .filter(({ kind, from, to }) => {
      return kind === 'passive-data' && has(from, client.address) && has(to, server.address)
    })
    .flatMap(({ port: ports }) => ports ?? [])
  return inOrder(cut(SERVER_PORTS, [...(own === undefined ? [] : [own]), ...named]), own, named)
}

/** Stretches of the ports that clients announce in active mode. */
export function clientStretches(ruleset: Ruleset, { client, server }: Cast): PortRange[] {
  const named = activeRules(ruleset, server.address, client.address).flatMap(
    (rule) => rule.port ?? [],
  )
  const denied = [...ruleset.profiles.values()].flatMap(({ deniedPorts }) => deniedPorts)
  return inOrder(cut(CLIENT_PORTS, [...named, ...denied]), undefined, named)
}

/** Stretches of the ports that servers connect from: 20, and what systems give. */
export function sourceStretches(ruleset: Ruleset, { client, server }: Cast): PortRange[] {
  const named = activeRules(ruleset, server.address, client.address).flatMap(
    (rule) => rule.fromPort ?? [],
  )
  return [DATA_PORT, ...cut(SERVER_PORTS, named)]
}

function activeRules(
  { rules }: Ruleset,
  from: Cast['inside'],
  to: Cast['inside'],
): readonly Rule[] {
  return rules.filter(
    (rule) => rule.kind === 'active-data' && has(rule.from, from) && has(rule.to, to),
  )
}

function has(blocks: Rule['from'], address: Cast['inside']): boolean {
  return blocks?.some((block) => cidrHas(block, address)) ?? true
}

/** Cuts `whole` wherever one of `ranges` begins or ends. */
export function cut(whole: PortRange, ranges: readonly PortRange[]): PortRange[] {
  const starts = ranges
    .slice(0, RANGES_MAX)
    .flatMap(({ first, last }) => [first, last + 1])
    .filter((start) => start > whole.first && start <= whole.last)
  const firsts = [...new Set([whole.first, ...starts])].toSorted((a, b) => a - b)
  return firsts.map((first, index) => ({
    first: port(first),
    last: port((firsts[index + 1] ?? whole.last + 1) - 1),
  }))
}

/** Neighbours put together again. */
export function merged(stretches: readonly PortRange[]): readonly PortRange[] {
  const whole: PortRange[] = []
  for (const { first, last } of stretches.toSorted((a, b) => a.first - b.first)) {
    const before = whole.at(-1)
    if (before !== undefined && before.last + 1 === first)
      whole.splice(-1, 1, { first: before.first, last })
    else whole.push({ first, last })
  }
  return whole
}

/** A port that stands for all of a stretch, not at its edge where there is another. */
export function pointOf({ first, last }: PortRange): Port {
  return port(first + Math.min(21, Math.floor((last - first) / 2)))
}

function inOrder(
  stretches: readonly PortRange[],
  own: PortRange | undefined,
  named: readonly PortRange[],
): PortRange[] {
  const rank = (stretch: PortRange): number => {
    if (own !== undefined && lies(stretch, own)) return 0
    return named.some((range) => lies(stretch, range)) ? 1 : 2
  }
  return stretches.toSorted((a, b) => rank(a) - rank(b))
}

function lies(inner: PortRange, outer: PortRange): boolean {
  return inner.first >= outer.first && inner.last <= outer.last
}
