/**
 * Portcullis beside what else leads FTP through a firewall, on this machine, in turns.
 *
 *     npm run bench:peers               some 3 minutes: enough to see that everything runs
 *     npm run bench:peers -- --full     half an hour; writes bench/RESULTS.md and bench/results.svg
 *
 * As root: client, firewall and server are network namespaces, and the other programs are unpacked
 * from Debian packages. Needs a C compiler for the load generator.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { firewallProblem } from '../test/kernel/support/require.ts'
import { PROJECT_ROOT } from '../test/support/project-root.ts'
import {
  compareNoop,
  compareSessions,
  compareStreams,
  type Comparison,
  type Effort,
} from './comparison.ts'
import { measureIdle } from './idle.ts'
import { buildLoad, Load } from './load/load.ts'
import { HAPROXY } from './peers/haproxy.ts'
import { installBenchPeers } from './peers/install.ts'
import { KERNEL_HELPER, ROUTING } from './peers/kernel.ts'
import { MOD_PROXY } from './peers/mod-proxy.ts'
import { NGINX } from './peers/nginx.ts'
import { openDirectory } from './peers/peer.ts'
import { PORTCULLIS_KERNEL, PORTCULLIS_RELAY } from './peers/portcullis.ts'
import { SQUID } from './peers/squid.ts'
import { SUSE } from './peers/suse.ts'
import { drawChart } from './results/chart.ts'
import { formatReport } from './results/report.ts'
import { formatComparison } from './results/table.ts'
import { type BenchStage, openBenchStage } from './stage.ts'

const PEERS = [
  PORTCULLIS_KERNEL,
  PORTCULLIS_RELAY,
  ROUTING,
  KERNEL_HELPER,
  HAPROXY,
  NGINX,
  SUSE,
  SQUID,
  MOD_PROXY,
]
const GIBIBYTE = 2 ** 30
const QUICK: Effort = { rounds: 1, sessionSeconds: 1, noops: 2_000, streamBytes: GIBIBYTE / 8 }
const FULL: Effort = { rounds: 5, sessionSeconds: 3, noops: 20_000, streamBytes: GIBIBYTE }
const IDLE_COUNTS = [1_000, 9_900]

const isFull = process.argv.includes('--full')
const problem = firewallProblem()
if (problem === undefined) await main(isFull ? FULL : QUICK)
else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}

async function main(effort: Effort): Promise<void> {
  await installBenchPeers()
  const directory = await openDirectory()
  const stages: BenchStage[] = []
  try {
    const load = new Load(buildLoad(directory.path))
    for (const peer of PEERS) stages.push(await openBenchStage(peer, load))
    const comparisons = await compareAll(stages, load, effort)
    if (isFull) await writeResults(stages, load, comparisons)
  } finally {
    for (const stage of stages) await stage.close()
    await directory.remove()
  }
}

async function compareAll(
  stages: readonly BenchStage[],
  load: Load,
  effort: Effort,
): Promise<readonly Comparison[]> {
  const streams = (['retr', 'stor'] as const).map(
    (way) => () => compareStreams(stages, load, effort, { parallel: 1, way }),
  )
  const questions: readonly (() => Promise<Comparison>)[] = [
    ...[1, 32, 512].map((parallel) => () => compareSessions(stages, load, effort, parallel)),
    () => compareNoop(stages, load, effort),
    ...streams,
    () => compareStreams(stages, load, effort, { parallel: 64, way: 'retr' }),
  ]
  const comparisons: Comparison[] = []
  for (const ask of questions) {
    const comparison = await ask()
    process.stdout.write(`${formatComparison(comparison, ROUTING.name)}\n\n`)
    comparisons.push(comparison)
  }
  return comparisons
}

async function writeResults(
  stages: readonly BenchStage[],
  load: Load,
  comparisons: readonly Comparison[],
): Promise<void> {
  const programs = stages.filter(({ running }) => running.pid !== undefined)
  const idle = await measureIdle(programs, load, IDLE_COUNTS)
  const folder = join(PROJECT_ROOT, 'bench')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'RESULTS.md'), formatReport(comparisons, idle, ROUTING.name))
  const shown = comparisons.filter(({ id }) => ['sessions-32', 'noop', 'retr-1'].includes(id))
  await rm(join(folder, 'results.svg'), { force: true })
  await writeFile(join(folder, 'results.svg'), drawChart(shown))
}
