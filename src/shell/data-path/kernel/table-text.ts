/**
 * The whole ruleset of the kernel data path, as text for libnftables and for people. What is open
 * changes sets and maps alone; the chains change only with the rule file.
 */
import { ORIGINAL_DESTINATION, type Ruleset } from '../../../engine/rules/ruleset.ts'
import type { IpFamily } from '../../../net/ip.ts'
import { formatPortRange, type PortRange } from '../../../net/port.ts'
import { guardLines } from './guard-text.ts'
import { portsText } from './match-text.ts'
import { setLines } from './set-text.ts'
import {
  DENIED_PREFIX,
  expectedSetName,
  FAMILIES,
  LOG_GROUP,
  MARK,
  PASSED_PREFIX,
  setName,
  TABLE,
} from './table-names.ts'

const FLOW = {
  4: 'ip saddr . ip daddr . tcp dport',
  6: 'ip6 saddr . ip6 daddr . tcp dport',
} as const satisfies Record<IpFamily, string>

const ENDS = {
  4: 'ip saddr . tcp sport . ip daddr . tcp dport',
  6: 'ip6 saddr . tcp sport . ip6 daddr . tcp dport',
} as const satisfies Record<IpFamily, string>

const WORD = { 4: 'ip', 6: 'ip6' } as const satisfies Record<IpFamily, string>

/** Enough of a packet for its addresses and ports; told at once, for somebody waits for it. */
const LOG = `group ${LOG_GROUP} snaplen 64 queue-threshold 1`

/** What is told of connections that are turned away, so that a scan does not become a flood. */
const DENIED_LIMIT = 'limit rate 10/second burst 20 packets'

const FIRST_PACKET = 'tcp flags & (fin | syn | rst | ack) == syn'

/** The table as it is when nothing is open. `atoms`: the source ports that have a set of their own. */
export function tableText(ruleset: Ruleset, atoms: readonly PortRange[]): string {
  return table([
    ...setLines(atoms),
    ...verdictChains(),
    '',
    ...usedUpChains(atoms),
    '',
    ...forwardChain(ruleset, atoms),
    '',
    ...inputChain(ruleset),
    '',
    ...natChains(),
  ])
}

/** Puts the table in the place of one that a killed process left, in one transaction. */
export function takeOverText(ruleset: Ruleset, atoms: readonly PortRange[]): string {
  return `add table ${TABLE}\ndelete table ${TABLE}\n${tableText(ruleset, atoms)}`
}

/** Makes the chains anew after the rules or the atoms changed; what is open stays open. */
export function rebuildText(ruleset: Ruleset, atoms: readonly PortRange[]): string {
  const chains = [...FAMILIES.map(usedUpChain), 'forward', 'input']
  const flush = chains.map((name) => `flush chain ${TABLE} ${name}\n`).join('')
  const lines = [
    ...setLines(atoms),
    ...usedUpChains(atoms),
    ...forwardChain(ruleset, atoms),
    ...inputChain(ruleset),
  ]
  return `${flush}${table(lines)}`
}

function table(lines: readonly string[]): string {
  const body = lines.map((line) => (line === '' ? '' : `\t${line}`))
  return [`table ${TABLE} {`, ...body, '}', ''].join('\n')
}

function chain(name: string, hook: string | undefined, rules: readonly string[]): string[] {
  const head = hook === undefined ? [] : [`type ${hook}; policy accept;`]
  return [`chain ${name} {`, ...[...head, ...rules].map((rule) => `\t${rule}`), '}']
}

function forwardChain(ruleset: Ruleset, atoms: readonly PortRange[]): readonly string[] {
  return [
    '# Connections through this host. Only the first packet of one gets past the second rule.',
    ...chain('forward', 'filter hook forward priority filter - 5', [
      'ct state established,related accept',
      '# the first packet again, of a connection that was let in',
      'ct state new ct status confirmed accept',
      '# connections that were ended before their peers ended them',
      ...FAMILIES.map(
        (family) => `${ENDS[family]} @${setName('cut', family)} reject with tcp reset`,
      ),
      '# pinholes: the first connection, and no second one',
      ...FAMILIES.flatMap((family) => pinholeRules(family, atoms)),
      ...FAMILIES.map(
        (family) => `ct state new ${FLOW[family]} @${setName('claimed', family)} goto denied`,
      ),
      '# opaque sessions: any number of connections between the two hosts',
      ...FAMILIES.flatMap(rangeRules),
      '# what the rules name needs a pinhole or a range',
      ...guardLines(ruleset),
    ]),
  ]
}

function pinholeRules(family: IpFamily, atoms: readonly PortRange[]): readonly string[] {
  const flow = FLOW[family]
  const set = setName('expected', family)
  return [
    `${FIRST_PACKET} ${flow} @${set} delete @${set} { ${flow} } goto admitted`,
    ...atoms.map((atom) => {
      const from = `tcp sport ${formatPortRange(atom)}`
      return `${FIRST_PACKET} ${from} ${flow} @${expectedSetName(family, atom)} goto ${usedUpChain(family)}`
    }),
  ]
}

function usedUpChain(family: IpFamily): string {
  return `used_up${family}`
}

/** A chain, since the kernel takes only so much in one rule. */
function usedUpChains(atoms: readonly PortRange[]): readonly string[] {
  return [
    '# A pinhole may be in the sets of several source ports: it goes out of all of them at once.',
    ...FAMILIES.flatMap((family) =>
      chain(usedUpChain(family), undefined, [
        ...atoms.map((atom) => `delete @${expectedSetName(family, atom)} { ${FLOW[family]} }`),
        'goto admitted',
      ]),
    ),
  ]
}

function rangeRules(family: IpFamily): readonly string[] {
  const flow = FLOW[family]
  return [
    `${FIRST_PACKET} ${flow} @${setName('range_expected', family)} goto admitted`,
    `${FIRST_PACKET} tcp sport 20 ${flow} @${setName('active_expected', family)} goto admitted`,
  ]
}

function verdictChains(): readonly string[] {
  return [
    '# Let in and told to the packet log. Other tables can know these packets by the mark.',
    ...chain('admitted', undefined, [
      `meta mark set meta mark or 0x${MARK.toString(16).padStart(8, '0')}`,
      `log prefix "${PASSED_PREFIX}" ${LOG} accept`,
    ]),
    '',
    '# Turned away without an answer; some of them are told to the packet log.',
    ...chain('denied', undefined, [`${DENIED_LIMIT} log prefix "${DENIED_PREFIX}" ${LOG}`, 'drop']),
  ]
}

/** What a gateway leads on by its destination never comes to this host. */
function inputChain({ passivePorts, listeners }: Ruleset): readonly string[] {
  const ofServers = listeners.flatMap(({ server, serverPassivePorts }) =>
    server === ORIGINAL_DESTINATION ? [] : (serverPassivePorts ?? []),
  )
  const ports = portsText([passivePorts, ...ofServers])
  return [
    '# What comes to a passive port and is led nowhere is refused by this host itself; it is told, too.',
    ...chain('input', 'filter hook input priority filter - 5', [
      `ct state new ${FIRST_PACKET} tcp dport ${ports} ${DENIED_LIMIT} log prefix "${DENIED_PREFIX}" ${LOG}`,
    ]),
  ]
}

function natChains(): readonly string[] {
  const dnat = (family: IpFamily, map: string): string =>
    `dnat ${WORD[family]} to ${FLOW[family]} map @${map}`
  const snat = (family: IpFamily, map: string): string => `s${dnat(family, map).slice(1)}`
  return [
    '# Where connections go …',
    ...chain(
      'prerouting',
      'nat hook prerouting priority dstnat',
      FAMILIES.flatMap((family) => [
        dnat(family, setName('pinholes', family)),
        dnat(family, setName('ranges', family)),
      ]),
    ),
    '',
    '# … and as whom they are shown there. Both keys are of where they really go.',
    ...chain(
      'postrouting',
      'nat hook postrouting priority srcnat',
      FAMILIES.flatMap((family) => [
        snat(family, setName('sources', family)),
        snat(family, setName('sources_port', family)),
        snat(family, setName('range_sources', family)),
        `tcp sport 20 ${snat(family, setName('active_sources', family))}`,
      ]),
    ),
  ]
}
