/** `npm run fuzz`: all targets in turn, for as long as is asked (README.md beside this). */
import { parseArgs } from 'node:util'
import { BlockCoverage } from './block-coverage.ts'
import { writeFinding } from './finding.ts'
import { type Budget, Fuzzer } from './fuzzer.ts'
import { seeded } from './random.ts'
import { TARGETS } from './targets.ts'

const HELP = `Usage: npm run fuzz -- [options]

  --minutes N    how long (default 1; a fraction is possible)
  --seed S       a whole number; the same seed gives the same inputs (default: the time)
  --target T     one of ${TARGETS.map(({ name }) => name).join(', ')} (default: all, in turn)
  --findings DIR where findings are written (default test/fuzz/findings)
  --help         this

Exit code: 0 nothing was found, 1 something was, 2 the options make no sense.
`

/** An input that takes longer, or more memory, is a finding. */
const BUDGET: Budget = { milliseconds: 50, heapBytes: 16 * 2 ** 20 }
/** How long one target is fed before the next has its turn. */
const TURN_MS = 2_000
const PROGRESS_MS = 10_000

interface Options {
  readonly minutes: number
  readonly seed: number
  readonly target: string | undefined
  readonly findings: string
}

process.exitCode = main(process.argv.slice(2))

function main(words: readonly string[]): number {
  const options = readOptions(words)
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${HELP}`)
    return 2
  }
  if (options === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  return fuzz(options)
}

/** A text says what is wrong; `undefined`: help was asked for. */
function readOptions(words: readonly string[]): Options | string | undefined {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
        target: { type: 'string' },
        findings: { type: 'string', default: 'test/fuzz/findings' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return undefined
    const { target, findings } = values
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
    if (!(minutes > 0)) return `--minutes: ${values.minutes} is no time`
    if (!Number.isSafeInteger(seed)) return `--seed: ${values.seed} is no whole number`
    if (target !== undefined && !TARGETS.some(({ name }) => name === target))
      return `--target: there is no ${target}`
    return { minutes, seed, target, findings }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function fuzz({ minutes, seed, target, findings }: Options): number {
  process.stdout.write(`seed ${seed}\n`)
  const coverage = new BlockCoverage()
  const fuzzers = TARGETS.filter(({ name }) => target === undefined || name === target).map(
    (one) => new Fuzzer(one, { random: seeded(seed), coverage, budget: BUDGET }),
  )
  const written = new Map<Fuzzer, number>()
  const start = performance.now()
  const end = start + minutes * 60_000
  let nextProgress = start + PROGRESS_MS
  while (performance.now() < end && fuzzers.some(({ isFull }) => !isFull)) {
    for (const fuzzer of fuzzers) {
      const turnEnd = Math.min(end, performance.now() + TURN_MS)
      while (performance.now() < turnEnd && !fuzzer.isFull) fuzzer.step()
      for (const finding of fuzzer.findings.slice(written.get(fuzzer) ?? 0)) {
        const path = writeFinding(findings, finding)
        process.stdout.write(`FINDING ${path}: ${finding.breaches.join('; ').slice(0, 300)}\n`)
      }
      written.set(fuzzer, fuzzer.findings.length)
    }
    if (performance.now() < nextProgress) continue
    nextProgress = performance.now() + PROGRESS_MS
    process.stdout.write(`${summaryOf(fuzzers, coverage, performance.now() - start)}\n`)
  }
  process.stdout.write(`${tableOf(fuzzers)}\n`)
  process.stdout.write(`${summaryOf(fuzzers, coverage, performance.now() - start)}\n`)
  return fuzzers.some((fuzzer) => fuzzer.findings.length > 0) ? 1 : 0
}

function sum(fuzzers: readonly Fuzzer[], count: (fuzzer: Fuzzer) => number): number {
  return fuzzers.reduce((total, fuzzer) => total + count(fuzzer), 0)
}

function summaryOf(fuzzers: readonly Fuzzer[], coverage: BlockCoverage, elapsed: number): string {
  const executions = sum(fuzzers, (fuzzer) => fuzzer.executions)
  return [
    `${(elapsed / 60_000).toFixed(1)} min`,
    `${executions} executions`,
    `${Math.round((executions * 1000) / elapsed)}/s`,
    `corpus ${sum(fuzzers, (fuzzer) => fuzzer.corpusSize)}`,
    `features ${sum(fuzzers, (fuzzer) => fuzzer.featureCount)}`,
    `covered ${coverage.size} characters`,
    `findings ${sum(fuzzers, (fuzzer) => fuzzer.findings.length)}`,
  ].join(', ')
}

function tableOf(fuzzers: readonly Fuzzer[]): string {
  return fuzzers
    .map(({ target, executions, corpusSize, featureCount, findings }) =>
      [
        target.name.padEnd(12),
        `${executions} executions`.padStart(20),
        `corpus ${corpusSize}`.padStart(14),
        `features ${featureCount}`.padStart(16),
        `findings ${findings.length}`.padStart(14),
      ].join(''),
    )
    .join('\n')
}
