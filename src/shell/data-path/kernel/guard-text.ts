/**
 * The guard: a rule file that names a server says what connections of that server's sessions may
 * look like, and so also which ones need a session. New connections that a rule describes, be it a
 * permit or a deny, are turned away unless a pinhole or a range let them in before. Connections that
 * no rule describes are none of our business. A rule that names clients and no server guards what is
 * FTP's own, control connections and those from a port such as 20; ports that clients use for all the
 * rest of the network it leaves alone.
 */
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Rule,
  type Ruleset,
} from '../../../engine/rules/ruleset.ts'
import type { Cidr } from '../../../net/cidr.ts'
import { port, type PortRange } from '../../../net/port.ts'
import { blocksText, portsText } from './match-text.ts'
import { FAMILIES } from './table-names.ts'

/** Where data connections go that a rule names no port for. */
const UNPRIVILEGED: PortRange = { first: port(1024), last: port(65_535) }

/** nft takes 128 bytes. */
const COMMENT_MAX = 100

/** The lines of the guard, each a rule or a comment, in the order of the rule file. */
export function guardLines(ruleset: Ruleset): readonly string[] {
  const written = new Set<string>()
  return ruleset.rules.flatMap((rule) => {
    const title = titleOf(rule)
    if (!isGuarding(rule)) return [`# ${title}: describes more than FTP, guards nothing`]
    const matches = matchesOf(rule, ruleset.listeners).filter((match) => !written.has(match))
    for (const match of matches) written.add(match)
    return matches.length === 0
      ? [`# ${title}: as above`]
      : matches.map((match) => `${match} goto denied comment "${title}"`)
  })
}

function isGuarding(rule: Rule): boolean {
  const isActive = rule.kind === 'active-data'
  const [client, server] = isActive ? [rule.to, rule.from] : [rule.from, rule.to]
  if (isNamed(server)) return true
  return isNamed(client) && (rule.kind === 'control' || isOwn(isActive ? rule.fromPort : rule.port))
}

function isNamed(blocks: readonly Cidr[] | undefined): boolean {
  return blocks !== undefined && blocks.every(({ prefix }) => prefix > 0)
}

/** Whether a rule that says these ports means less than nearly everything. */
function isOwn(ports: PortRange | undefined): boolean {
  return ports !== undefined && (ports.first > UNPRIVILEGED.first || ports.last < UNPRIVILEGED.last)
}

/** The connections of a rule, one match for each family it can have. */
function matchesOf(rule: Rule, listeners: readonly Listener[]): readonly string[] {
  const ports = rule.port === undefined ? defaultPorts(rule, listeners) : [rule.port]
  if (ports.length === 0) return []
  return FAMILIES.flatMap((family) => {
    const from = rule.from && blocksText(rule.from, family)
    const to = rule.to && blocksText(rule.to, family)
    // A condition without an address of this family is one that no connection of it meets.
    if (rule.from !== undefined && from === undefined) return []
    if (rule.to !== undefined && to === undefined) return []
    const protocol = family === 4 ? 'ip' : 'ip6'
    const parts = [
      ...(from === undefined ? [] : [`${protocol} saddr ${from}`]),
      ...(to === undefined ? [] : [`${protocol} daddr ${to}`]),
      ...(rule.fromPort === undefined ? [] : [`tcp sport ${portsText([rule.fromPort])}`]),
      `tcp dport ${portsText(ports)}`,
    ]
    return [`ct state new ${parts.join(' ')}`]
  })
}

function defaultPorts(rule: Rule, listeners: readonly Listener[]): readonly PortRange[] {
  if (rule.kind !== 'control') return [UNPRIVILEGED]
  return listeners.map(({ server, interceptPort }) => {
    const only = server === ORIGINAL_DESTINATION ? interceptPort : server.port
    return { first: only, last: only }
  })
}

/** A name comes from a file: nothing in it may end the comment that it is written into. */
function titleOf({ action, kind, name }: Rule): string {
  const safe = name.replace(/[^\w .,:;()/@+-]/g, '?')
  return `${action} ${kind} (${safe})`.slice(0, COMMENT_MAX)
}
