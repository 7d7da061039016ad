/**
 * Mutation testing: Stryker changes the files of groups.ts one place at a time and runs the tests of
 * each change. Exit status 1 when a mutant survives that survivors.json does not argue, or when an
 * entry there is stale. Minutes, so it is run by hand:
 *
 *     npm run test:mutation [-- FILE…]
 */
import { readFileSync } from 'node:fs'
import { Stryker } from '@stryker-mutator/core'
import { type Group, groupsOf } from './groups.ts'
import {
  arguedSurvivors,
  type Change,
  type Fate,
  judge,
  type Mutant,
  oneLine,
  table,
} from './survivors.ts'

type StrykerMutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number]

const FATES: Readonly<Partial<Record<StrykerMutant['status'], Fate>>> = {
  Killed: 'killed',
  Timeout: 'timeout',
  Survived: 'survived',
  NoCoverage: 'survived',
}

const groups = groupsOf(process.argv.slice(2))
const mutants: Mutant[] = []
for (const group of groups) mutants.push(...(await mutate(group)))

const mutated = groups.flatMap(({ sources }) => sources)
const argued = arguedSurvivors().filter(({ file }) => mutated.includes(file))
const { unargued, stale } = judge(mutants, argued)
list(
  'Ended by the time limit, as an endless loop is:',
  mutants.filter(({ fate }) => fate === 'timeout'),
)
list('Survivors that nobody argues:', unargued)
list('Stale entries of survivors.json, killed or gone:', stale)
console.log(`\n${table(mutants, unargued)}`)
process.exitCode = unargued.length + stale.length === 0 ? 0 : 1

async function mutate({ sources, tests }: Group): Promise<readonly Mutant[]> {
  // The processes of Stryker inherit it; vitest.config.ts reads it there.
  process.env['MUTATION_TESTS'] = tests.join(' ')
  const stryker = new Stryker({
    mutate: [...sources],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    reporters: ['progress-append-only'],
    // For endless loops; a busy machine must not pass for one.
    timeoutMS: 15_000,
    tempDirName: 'coverage/mutation',
    // Stryker would rewrite tsconfig.json with the API of the compiler, which TypeScript 7 has not.
    ignorePatterns: ['/dist', '/dist-bench', '/.peers', '/bench', '/tsconfig*.json'],
    warnings: false,
  })
  return (await stryker.runMutationTest()).flatMap((mutant) => {
    const fate = FATES[mutant.status]
    return fate === undefined ? [] : [{ ...changeOf(mutant), fate }]
  })
}

function changeOf({ fileName, mutatorName, replacement, location }: StrykerMutant): Change {
  const file = fileName.slice(process.cwd().length + 1)
  const lines = readFileSync(file, 'utf8').split('\n')
  // Lines and columns count from 1.
  const { start, end } = location
  const touched = lines.slice(start.line - 1, end.line)
  const [line = ''] = touched
  const last = touched.length - 1
  const original = touched
    .map((text, index) => (index === last ? text.slice(0, end.column - 1) : text))
    .map((text, index) => (index === 0 ? text.slice(start.column - 1) : text))
    .join('\n')
  return {
    file,
    mutator: mutatorName,
    line: oneLine(line),
    original: oneLine(original),
    replacement: oneLine(replacement),
  }
}

function list(title: string, changes: readonly Change[]): void {
  if (changes.length > 0) console.log(`\n${title}\n\n${changes.map(show).join('\n')}`)
}

function show(change: Change): string {
  return JSON.stringify({ ...change, fate: undefined }, undefined, 2)
}
