/** Changes to a rule file: what each does to a ruleset, and how somebody writes it down. */
import type { Listener, Profile, Rule, Ruleset } from '../engine/rules/ruleset.ts'
import { type Cidr, familyBits, formatCidr } from '../net/cidr.ts'
import { formatEndpoint } from '../net/endpoint.ts'
import { ipFamily } from '../net/ip.ts'
import { formatPortRange } from '../net/port.ts'

export type Change = {
  /** What it does, to follow "to". */
  readonly does: string
  /** What else it means. */
  readonly note?: string
} & (
  | {
      readonly type: 'profile'
      readonly profile: string
      readonly key: string
      readonly value: string
      readonly patch: Partial<Profile>
    }
  | {
      readonly type: 'listener'
      readonly listener: string
      readonly key: string
      readonly value: string
      readonly patch: Partial<Listener>
    }
  | { readonly type: 'new-listener'; readonly listener: Listener }
  /** `before`: the rule that would otherwise decide. */
  | { readonly type: 'rule'; readonly rule: Rule; readonly before: string | undefined }
  | { readonly type: 'data-path'; readonly value: 'kernel' }
)

/** A ruleset with the change in it; the one given stays as it is. */
export function applied(ruleset: Ruleset, change: Change): Ruleset {
  switch (change.type) {
    case 'profile': {
      const before = ruleset.profiles.get(change.profile)
      if (before === undefined) return ruleset
      const profiles = new Map(ruleset.profiles).set(change.profile, { ...before, ...change.patch })
      return { ...ruleset, profiles }
    }
    case 'listener':
      return {
        ...ruleset,
        listeners: ruleset.listeners.map((one) =>
          one.name === change.listener ? { ...one, ...change.patch } : one,
        ),
      }
    case 'new-listener':
      return { ...ruleset, listeners: [...ruleset.listeners, change.listener] }
    case 'rule': {
      const at = ruleset.rules.findIndex(({ name }) => name === change.before)
      const index = at === -1 ? ruleset.rules.length : at
      return { ...ruleset, rules: ruleset.rules.toSpliced(index, 0, change.rule) }
    }
    case 'data-path':
      return { ...ruleset, dataPath: change.value }
  }
}

/** `changes` with one more; a key of a listener that is itself new is written where it is added. */
export function withChange(changes: readonly Change[], change: Change): readonly Change[] {
  const isOfNew = (one: Change): one is Extract<Change, { type: 'new-listener' }> =>
    change.type === 'listener' &&
    one.type === 'new-listener' &&
    one.listener.name === change.listener
  const added = changes.find(isOfNew)
  if (added === undefined || change.type !== 'listener') return [...changes, change]
  const listener = { ...added.listener, ...change.patch }
  return changes.map((one) => (one === added ? { ...added, listener } : one))
}

/** The changes as lines of a rule file, each where it belongs. */
export function formatChanges(changes: readonly Change[]): string {
  const lines: string[] = []
  const ofType = <T extends Change['type']>(type: T): Extract<Change, { type: T }>[] =>
    changes.filter((change): change is Extract<Change, { type: T }> => change.type === type)
  for (const { value } of ofType('data-path')) lines.push(`data-path: ${value}`)
  const keys = ofType('listener')
  const listeners = ofType('new-listener')
  if (keys.length + listeners.length > 0) lines.push('listeners:')
  for (const name of new Set(keys.map(({ listener }) => listener))) {
    lines.push(`  - name: ${name}`)
    for (const { key, value } of keys.filter(({ listener }) => listener === name))
      lines.push(`    ${key}: ${value}`)
  }
  for (const { listener } of listeners) lines.push(...formatListener(listener))
  const profiles = ofType('profile')
  if (profiles.length > 0) lines.push('profiles:')
  for (const name of new Set(profiles.map(({ profile }) => profile))) {
    lines.push(`  ${name}:`)
    for (const { key, value } of profiles.filter(({ profile }) => profile === name))
      lines.push(`    ${key}: ${value}`)
  }
  const rules = ofType('rule')
  if (rules.length > 0) lines.push('rules:')
  for (const { rule, before } of rules) {
    if (before !== undefined) lines.push(`  # before "${before}"`)
    lines.push(`  - { ${formatRule(rule)} }`)
  }
  return lines.join('\n')
}

function formatListener(listener: Listener): readonly string[] {
  const { name, listen, server, tls, serverPassivePorts: range, publicAddress } = listener
  const { intercept, interceptInterfaces: interfaces, keepClientAddress, nat } = listener
  return [
    `  - name: ${name}`,
    `    listen: ${quoted(formatEndpoint(listen))}`,
    ...(intercept === 'none' ? [] : [`    intercept: ${intercept}`]),
    ...(interfaces === undefined ? [] : [`    intercept-interfaces: [${interfaces.join(', ')}]`]),
    `    server: ${typeof server === 'string' ? server : quoted(formatEndpoint(server))}`,
    ...(tls === 'explicit' ? [] : [`    tls: ${tls}`]),
    ...(range === undefined ? [] : [`    server-passive-ports: ${formatPortRange(range)}`]),
    ...(keepClientAddress ? ['    keep-client-address: true'] : []),
    ...(nat === undefined ? [] : [`    nat: { public-address: ${nat.publicAddress} }`]),
    ...(publicAddress === undefined ? [] : [`    public-address: ${publicAddress}`]),
  ]
}

function formatRule(rule: Rule): string {
  const { action, kind, from, fromPort, to, port, profile } = rule
  return [
    `${action}: ${kind}`,
    `from: ${formatBlocks(from)}`,
    ...(fromPort === undefined ? [] : [`from-port: ${formatPortRange(fromPort)}`]),
    `to: ${formatBlocks(to)}`,
    ...(port === undefined ? [] : [`port: ${formatPortRange(port)}`]),
    ...(profile === undefined ? [] : [`profile: ${profile}`]),
  ].join(', ')
}

function formatBlocks(blocks: readonly Cidr[] | undefined): string {
  if (blocks === undefined) return 'any'
  const all = blocks.map((block) => {
    const isHost = block.prefix === familyBits(ipFamily(block.address))
    return quoted(isHost ? block.address : formatCidr(block))
  })
  return all.length === 1 ? all.join('') : `[${all.join(', ')}]`
}

/** YAML takes brackets and `: ` for its own. */
function quoted(text: string): string {
  return /^[\w./-]+(?::\d+)?$/.test(text) ? text : `"${text}"`
}
