/**
 * Portcullis beside what else leads FTP through a firewall, on this machine, in turns.
 *
 *     npm run bench                 some 4 minutes: enough to see that everything runs
 *     npm run bench -- --full       half an hour; writes bench/RESULTS.md and bench/results.svg
 *
 * As root, client, firewall and server are network namespaces; without, a part of it runs on loopback.
 * The other programs are unpacked from Debian packages. Needs a C compiler for the load generator.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { firewallProblem } from '../test/kernel/support/require.ts'
import { portcullisProblem } from '../test/support/portcullis.ts'
import { PROJECT_ROOT } from '../test/support/project-root.ts'
import {
  compareNoop,
  compareSessions,
  compareStreams,
  type Comparison,
  type Effort,
} from './comparison.ts'
import { compareForwarding, compareScaling, type OpenStage } from './controls.ts'
import { openLoopback, openNamespaces } from './ground.ts'
import { measureIdle } from './idle.ts'
import { compareInternals } from './internal/internals.ts'
import { buildLoad, Load } from './load/load.ts'
import { installBenchPeers } from './peers/install.ts'
import { isInstalled, openDirectory, type Peer } from './peers/peer.ts'
import { PEERS, REFERENCE } from './peers/all.ts'
import { PORTCULLIS_MANY } from './peers/portcullis.ts'
import { drawChart } from './results/chart.ts'
import { formatReport, type Results } from './results/report.ts'
import { formatComparison, formatRows } from './results/table.ts'
import { type BenchStage, openBenchStage } from './stage.ts'

const GIBIBYTE = 2 ** 30
const QUICK: Effort = { rounds: 1, sessionSeconds: 1, noops: 2_000, streamBytes: GIBIBYTE / 8 }
const FULL: Effort = { rounds: 5, sessionSeconds: 2, noops: 10_000, streamBytes: GIBIBYTE }
/** V8 compiles what runs often, and better what goes on to; after some 10 000 sessions no more. */
const WARM_UP = { parallel: 32, seconds: { quick: 3, full: 20 } }
/** Of one process; `many` of several, since none may have as many descriptors everywhere. */
const IDLE_COUNTS = { quick: [500], full: [1_000, 3_900], many: [10_000] }
/** In the picture; the tables have them all. */
const SHOWN = ['sessions-32', 'noop', 'retr-1']

const IS_ROOT = firewallProblem() === undefined

const words = process.argv.slice(2)
const isFull = words.includes('--full')
const problem = words.every((word) => word === '--full')
  ? portcullisProblem()
  : `unknown argument; usage: npm run bench [-- --full]`
if (problem === undefined) await main(isFull ? FULL : QUICK)
else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}

async function main(effort: Effort): Promise<void> {
  const missing = await installBenchPeers()
  if (missing !== undefined) tell(`Without other programs: ${missing}`)
  const directory = await openDirectory()
  const stages: BenchStage[] = []
  const close = async (): Promise<void> => {
    for (const stage of stages.splice(0)) await stage.close()
    await directory.remove()
  }
  // Namespaces and programs would outlive whoever interrupts this.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().finally(() => process.exit(1)))
  try {
    const load = new Load(buildLoad(directory.path))
    const open = async (peer: Peer): Promise<BenchStage> => {
      const ground = IS_ROOT ? openNamespaces() : openLoopback(stages.length)
      const stage = await openBenchStage(peer, ground, load)
      stages.push(stage)
      await warmUp(stage, load)
      return stage
    }
    const peers: BenchStage[] = []
    for (const peer of choosePeers()) peers.push(await open(peer))
    const comparisons = [
      ...(await compareAll(peers, load, effort)),
      ...(await compareControls(open, load, effort)),
    ]
    tellFailures(comparisons)
    // What is known is kept, whatever comes of the rest.
    const keep = isFull ? writeResults : (): void => undefined
    await keep({ comparisons, internals: [], idle: [] })
    const idle = isFull
      ? [
          ...(await measureIdle(peers, load, IDLE_COUNTS.full)),
          ...(await measureIdle([await open(PORTCULLIS_MANY)], load, IDLE_COUNTS.many)),
        ]
      : await measureIdle(peers, load, IDLE_COUNTS.quick)
    tell(`### Idle sessions\n\n${formatRows(idle)}`)
    await keep({ comparisons, internals: [], idle })
    const internals = await compareInternals(effort)
    for (const comparison of internals) tell(formatComparison(comparison))
    await keep({ comparisons, internals, idle })
  } finally {
    await close()
  }
}

/** Compilers and caches, with clients of all addresses: as those that have run for a while. */
async function warmUp({ target }: BenchStage, load: Load): Promise<void> {
  const { quick, full } = WARM_UP.seconds
  await load.sessions(target, WARM_UP.parallel, isFull ? full : quick, 1024)
}

function choosePeers(): readonly Peer[] {
  const peers = PEERS.filter((peer) => isInstalled(peer) && (IS_ROOT || peer.isUnprivileged))
  if (!IS_ROOT) tell(`Without root: ${peers.length} of ${PEERS.length} ways, on loopback.`)
  return peers
}

async function writeResults(results: Omit<Results, 'against'>): Promise<void> {
  const folder = join(PROJECT_ROOT, 'bench')
  const text = formatReport({ ...results, against: REFERENCE.name })
  await writeFile(join(folder, 'RESULTS.md'), text)
  const shown = results.comparisons.filter(({ id }) => SHOWN.includes(id))
  await writeFile(join(folder, 'results.svg'), drawChart(shown))
}

/** What others fail at is in their rows; whoever runs this wants to know that ours does not. */
function tellFailures(comparisons: readonly Comparison[]): void {
  for (const { title, rows } of comparisons)
    for (const { peer, figures } of rows)
      if (peer.startsWith('Portcullis') && figures['failed'] !== 0) {
        process.stderr.write(`${peer} failed: ${title}\n`)
        process.exitCode = 1
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
    tell(formatComparison(comparison, REFERENCE.name))
    comparisons.push(comparison)
  }
  return comparisons
}

async function compareControls(
  open: OpenStage,
  load: Load,
  effort: Effort,
): Promise<readonly Comparison[]> {
  const controls = IS_ROOT ? [compareForwarding, compareScaling] : [compareScaling]
  const comparisons: Comparison[] = []
  for (const compare of controls) {
    const comparison = await compare(open, load, effort)
    tell(formatComparison(comparison))
    comparisons.push(comparison)
  }
  return comparisons
}

function tell(text: string): void {
  process.stdout.write(`${text}\n\n`)
}
