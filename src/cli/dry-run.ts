/** `portcullis run --dry-run`: what it would do, and everything it would put into the kernel. */
import { sourcePortAtoms } from '../engine/rules/permitted-ports.ts'
import type { Listener, Ruleset } from '../engine/rules/ruleset.ts'
import { ORIGINAL_DESTINATION } from '../engine/rules/ruleset.ts'
import { formatEndpoint } from '../net/endpoint.ts'
import { formatPortRange, rangeSize } from '../net/port.ts'
import { rangesToReserve } from '../shell/admin/ports-report.ts'
import { tableText } from '../shell/data-path/kernel/table-text.ts'
import {
  formatInterceptionTable,
  installCommands,
  planInterception,
  removeCommands,
} from '../shell/intercept/plan.ts'
import { workerFile } from '../shell/packet-log/worker-file.ts'
import { needed } from './need-restart.ts'
import { countOf } from './plural.ts'

export interface DryRun {
  /** What the rules were read from. */
  readonly name: string
  readonly ruleset: Ruleset
  readonly packetLog: string
  readonly isInstalling: boolean
  /** Who it would become. */
  readonly user: string | undefined
}

/** Text for standard output. @throws InterceptionError where a listener cannot be led to. */
export function describeRun(run: DryRun): string {
  return [summary(run), ...dataPathSection(run), ...interceptionSection(run)].join('\n')
}

function describeWorkers({ workers, passivePorts }: Ruleset): string {
  const share = Math.floor(rangeSize(passivePorts) / workers)
  return `share the sessions between ${workers} workers, each with ${countOf(share, 'passive port')} or one more`
}

function describePacketLog({ workers }: Ruleset, path: string): string {
  if (path === '-') return 'the packet log to standard output'
  if (workers === 1) return `the packet log ${path}`
  return `the packet logs ${workerFile(path, 1)} to ${workerFile(path, workers)}`
}

function summary({ name, ruleset, packetLog, user }: DryRun): string {
  const lines = [
    `Nothing was changed. With ${name}, portcullis run would:`,
    ...ruleset.listeners.map((listener) => `- ${describeListener(listener)}`),
    ruleset.dataPath === 'kernel'
      ? '- let the kernel carry data connections, with the table below; it goes at the end'
      : '- carry data connections itself; for them, nothing is put into the kernel',
    ...(ruleset.reservePorts ? [`- ${describeReserved(ruleset)}`] : []),
    ...(ruleset.workers > 1 ? [`- ${describeWorkers(ruleset)}`] : []),
    `- write ${describePacketLog(ruleset, packetLog)}`,
    ...(user === undefined ? [] : [`- ${describeUser(user, ruleset)}`]),
  ]
  return `${lines.join('\n')}\n`
}

function describeListener(listener: Listener): string {
  const { name, listen, intercept, interceptPort, interceptInterfaces, server } = listener
  const at = `listen on ${formatEndpoint(listen)} (${name})`
  const from = interceptInterfaces === undefined ? '' : ` on ${interceptInterfaces.join(', ')}`
  const what =
    intercept === 'none' ? '' : `, take connections to port ${interceptPort}${from} by ${intercept}`
  const to = server === ORIGINAL_DESTINATION ? 'where each was going' : formatEndpoint(server)
  const as = listener.keepClientAddress
    ? ', from the client’s own address'
    : listener.nat === undefined
      ? ''
      : `, and tell servers the address ${listener.nat.publicAddress}`
  return `${at}${what}, and connect to ${to}${as}`
}

function describeReserved(ruleset: Ruleset): string {
  const ranges = rangesToReserve(ruleset).map(formatPortRange).join(',')
  return `add ${ranges} to net.ipv4.ip_local_reserved_ports, and take out what it added at the end`
}

function describeUser(user: string, ruleset: Ruleset): string {
  const kept = needed(ruleset)
  const what = kept.length === 0 ? 'keep no privilege' : `keep ${kept.join(' and ')}`
  return `become ${user} and ${what}`
}

function dataPathSection({ ruleset }: DryRun): readonly string[] {
  if (ruleset.dataPath !== 'kernel') return []
  return ['# nftables: data connections', tableText(ruleset, sourcePortAtoms(ruleset))]
}

function interceptionSection({ ruleset, isInstalling }: DryRun): readonly string[] {
  const plan = planInterception(ruleset)
  if (plan === undefined) return []
  const who = isInstalling
    ? 'installed at the start and taken away at the end'
    : 'left to you; --install-intercept installs it'
  return [
    `# nftables: interception, ${who}`,
    formatInterceptionTable(plan),
    '# the same as commands, policy routing included',
    ...installCommands(plan),
    '',
    '# what takes it away',
    ...removeCommands(plan),
    '',
  ]
}
