/**
 * Where the CPU time of a session goes, by layer: perf looks at one process of the relay while the load
 * generator keeps it busy, on loopback. RESULTS.md draws on this for what holds targets back.
 *
 *     npm run bench:profile
 *
 * Needs Linux's perf, and a kernel that lets this user look (kernel.perf_event_paranoid).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { exited } from '../test/support/peers/program.ts'
import { portcullisProblem } from '../test/support/portcullis.ts'
import { openLoopback } from './ground.ts'
import { buildLoad, Load } from './load/load.ts'
import { openDirectory } from './peers/peer.ts'
import { PORTCULLIS_RELAY } from './peers/portcullis.ts'
import { formatNumber, formatTable } from './results/table.ts'
import { openBenchStage } from './stage.ts'

const PARALLEL = 32
const FILE_BYTES = 1024
/** Compilers take as long until they have nothing to improve. */
const WARM_UP_SECONDS = 20
const SECONDS = 5
/** Not a divisor of what timers do. */
const SAMPLES_PER_SECOND = 1999
const LOOPBACK_SLOT = 249
const SCRIPT_BYTES_MAX = 2 ** 30

interface Layer {
  readonly name: string
  readonly pattern: RegExp
  /** Found anywhere on the stack; else the innermost frame of ours decides. */
  readonly isWhole: boolean
}

/** No finer than this: V8 moves code, and perf then takes one function for another near it. */
const LAYERS: readonly Layer[] = [
  {
    name: 'garbage collection',
    isWhole: true,
    pattern: /Scaveng|CollectGarbage|MarkCompact|Sweep/,
  },
  { name: 'compilers', isWhole: true, pattern: /OptimizingCompile|Compiler::Compile|Maglev/ },
  { name: 'packet log', isWhole: true, pattern: /packet-log|\/pino\/|#record .*proxy|uv__fs_work/ },
  { name: 'engine', isWhole: false, pattern: /dist\/engine\// },
  { name: 'control and data connections', isWhole: false, pattern: /dist\/shell\// },
]
const NODE = 'Node and the kernel, by themselves'

const problem = perfProblem() ?? portcullisProblem()
if (problem === undefined) await main()
else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}

function perfProblem(): string | undefined {
  return spawnSync('perf', ['--version']).status === 0 ? undefined : 'perf is not installed'
}

async function main(): Promise<void> {
  const directory = await openDirectory()
  const load = new Load(buildLoad(directory.path))
  // Names of what V8 compiles, for perf.
  process.env['NODE_OPTIONS'] = '--perf-basic-prof --interpreted-frames-native-stack'
  const stage = await openBenchStage(PORTCULLIS_RELAY, openLoopback(LOOPBACK_SLOT), load)
  delete process.env['NODE_OPTIONS']
  try {
    await load.sessions(stage.target, PARALLEL, WARM_UP_SECONDS, FILE_BYTES)
    const file = join(directory.path, 'perf.data')
    const perf = record(file, stage.running.pid)
    await load.sessions(stage.target, PARALLEL, SECONDS, FILE_BYTES)
    perf.kill('SIGINT')
    await exited(perf)
    const stacks = stacksOf(file)
    if (stacks.length === 0) throw new Error('perf saw nothing: see kernel.perf_event_paranoid')
    process.stdout.write(`${formatShares(stacks)}\n`)
  } finally {
    await stage.close()
    await directory.remove()
  }
}

function record(file: string, pid: number | undefined): ChildProcess {
  const words = ['record', '-g', '-F', String(SAMPLES_PER_SECOND), '-o', file, '-p', String(pid)]
  return spawn('perf', words, { stdio: 'ignore' })
}

/** Frames of each sample, the innermost first. */
function stacksOf(file: string): readonly (readonly string[])[] {
  const { stdout } = spawnSync('perf', ['script', '-i', file, '-F', 'ip,sym'], {
    encoding: 'utf8',
    maxBuffer: SCRIPT_BYTES_MAX,
  })
  return stdout
    .split('\n\n')
    .map((sample) => sample.split('\n').filter((frame) => frame.trim() !== ''))
    .filter((frames) => frames.length > 0)
}

function formatShares(stacks: readonly (readonly string[])[]): string {
  const shares = new Map([...LAYERS.map(({ name }) => name), NODE].map((name) => [name, [0, 0]]))
  for (const frames of stacks) {
    const isInKernel = frames.some((frame) => frame.includes('entry_SYSCALL'))
    const [all = 0, kernel = 0] = shares.get(layerOf(frames)) ?? []
    shares.set(layerOf(frames), [all + 1, kernel + (isInKernel ? 1 : 0)])
  }
  const percent = (count = 0): string => `${formatNumber((100 * count) / stacks.length)} %`
  const rows = [...shares].map(([name, [all, kernel]]) => [name, percent(all), percent(kernel)])
  const table = formatTable(['', 'CPU time', 'of it in system calls'], rows, [0])
  return `${stacks.length} samples of a session's CPU time\n\n${table}`
}

function layerOf(frames: readonly string[]): string {
  const whole = frames.join('\n')
  const first = LAYERS.find(({ isWhole, pattern }) => isWhole && pattern.test(whole))
  if (first !== undefined) return first.name
  for (const frame of frames) {
    const layer = LAYERS.find(({ isWhole, pattern }) => !isWhole && pattern.test(frame))
    if (layer !== undefined) return layer.name
  }
  return NODE
}
