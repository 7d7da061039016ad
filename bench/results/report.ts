/** bench/RESULTS.md: what was measured, where and with what. */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import type { Comparison, Row } from '../comparison.ts'
import { installedVersions } from '../peers/install.ts'
import { formatComparison, formatRows } from './table.ts'
import { formatTargets } from './targets.ts'

const ALONE =
  '`nothing, same host` is load generator and server alone, back to back: what comes near to it is limited by them and not by what is measured. `blind` proxies read nothing of FTP and have the whole passive range open. `machine idle %` is what all processors together had left.'

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
    ALONE,
    ...comparisons.map((comparison) => formatComparison(comparison, against)),
    '### Idle sessions',
    formatRows(idle),
    '## Inside',
    ...internals.map((comparison) => formatComparison(comparison)),
    '',
  ].join('\n\n')
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
