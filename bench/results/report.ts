/** bench/RESULTS.md: what was measured, where and with what. */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import type { Comparison, Row } from '../comparison.ts'
import { PEERS } from '../peers/all.ts'
import { installedVersions } from '../peers/install.ts'
import { BACK_TO_BACK, KERNEL_HELPER, ROUTING } from '../peers/kernel.ts'
import type { Peer } from '../peers/peer.ts'
import { formatComparison, formatNumber, formatRows } from './table.ts'
import { formatTargets } from './targets.ts'

export interface Results {
  readonly comparisons: readonly Comparison[]
  readonly internals: readonly Comparison[]
  readonly idle: readonly Row[]
  /** The peer that ratios are to. */
  readonly against: string
}

export function formatReport({ comparisons, internals, idle, against }: Results): string {
  return [
    '# Measured side by side',
    'Written by `npm run bench -- --full`. Every figure is to be read beside the others of its table: they were taken in turns on one machine, where client, firewall and server share the processors.',
    formatMachine(),
    '## Targets',
    formatTargets({ comparisons: [...comparisons, ...internals], idle }),
    '## Side by side',
    formatLegend(comparisons),
    ...comparisons.map((comparison) =>
      formatComparison(comparison, isCompared(comparison, against) ? against : undefined),
    ),
    '### Idle sessions',
    formatRows(idle),
    '## Inside',
    ...internals.map((comparison) => formatComparison(comparison)),
    '',
  ].join('\n\n')
}

/** What names and columns mean; and how far the load generator is from being the limit. */
function formatLegend(comparisons: readonly Comparison[]): string {
  const sessions = comparisons.find(({ id }) => id === 'sessions-32')
  const of = ({ name }: Peer): number | undefined =>
    sessions?.rows.find(({ peer }) => peer === name)?.figures['sessions/s']
  const times = (peers: readonly Peer[]): string => {
    const fastest = Math.max(...peers.map((peer) => of(peer) ?? 0))
    return `${formatNumber((of(BACK_TO_BACK) ?? Number.NaN) / fastest)}x`
  }
  const noProxies = [BACK_TO_BACK, ROUTING, KERNEL_HELPER]
  const proxies = PEERS.filter((peer) => !noProxies.includes(peer) && !isBlind(peer.name))
  const blind = PEERS.filter(({ name }) => isBlind(name))
  return [
    `\`${BACK_TO_BACK.name}\` is load generator and server alone, back to back: what comes near to it is limited by them and not by what is measured.`,
    `Of sessions at 32 at a time they do ${times(proxies)} what the fastest proxy does that reads FTP, and ${times(blind)} what the fastest \`blind\` one does, for all of it shares the processors.`,
    '`blind` proxies read nothing of FTP and have the whole passive range open. `machine idle %` is what all processors together had left.',
  ].join(' ')
}

function isCompared({ rows }: Comparison, name: string): boolean {
  return rows.some(({ peer }) => peer === name)
}

function isBlind(peer: string): boolean {
  return peer.includes('blind')
}

function formatMachine(): string {
  const [cpu] = cpus()
  return [
    `- ${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}`,
    `- ${cpus().length} processors (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `- Node ${process.version}; ${installedVersions().join(', ')}`,
  ].join('\n')
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, { encoding: 'utf8' }).trim()
}
