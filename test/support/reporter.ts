/**
 * The last words of a test run: the matrix of the interop laboratory when it was run, each skipped
 * test with its reason, and one line `N passed, M failed, K skipped` that continuous integration
 * reads. It comes after vitest's own reporter and prints nothing before the end.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { CellReport } from '../interop/cell.ts'
import { formatMatrix } from '../interop/matrix-table.ts'
import type { TlsCellReport } from '../interop/tls-cell.ts'
import { formatTlsMatrix } from '../interop/tls-matrix-table.ts'
import { DEPLOYMENT_NAMES } from '../kernel/support/deployment.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** A table or a measurement that is printed after the run. */
    summary?: string
  }
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly { readonly message?: string }[],
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const cells = tests.flatMap(cellOf)
    const tlsCells = tests.flatMap(tlsCellOf)
    const text = [
      formatMatrix(cells),
      formatTlsMatrix(tlsCells),
      formatMatrix(cells, 'Through namespaces: operations that worked', DEPLOYMENT_NAMES),
      formatTlsMatrix(
        tlsCells,
        'Encrypted sessions through namespaces: announcements that worked',
        DEPLOYMENT_NAMES,
      ),
      ...tests.flatMap(textOf),
      formatSkips(tests),
      formatFailures(modules, tests, unhandledErrors),
      formatCounts(countTests(modules, tests, unhandledErrors.length)),
    ]
    process.stdout.write(`${text.filter((part) => part !== '').join('\n\n')}\n`)
  }
}

function cellOf(test: TestCase): CellReport[] {
  const report = test.meta().interopCell
  return report === undefined ? [] : [report]
}

function tlsCellOf(test: TestCase): TlsCellReport[] {
  const report = test.meta().tlsCell
  return report === undefined ? [] : [report]
}

function textOf(test: TestCase): string[] {
  const { summary } = test.meta()
  return summary === undefined ? [] : [summary]
}

/** Tests with one reason and one suite are one line: a missing program skips hundreds. */
function formatSkips(tests: readonly TestCase[]): string {
  const groups = new Map<string, string[]>()
  for (const test of tests) {
    const result = test.result()
    if (result.state !== 'skipped') continue
    const parent = test.parent.type === 'suite' ? ` > ${test.parent.fullName}` : ''
    const place = `${test.module.relativeModuleId}${parent}`
    const key = `${place}\n${result.note ?? reasonOf(test)}`
    groups.set(key, [...(groups.get(key) ?? []), test.name])
  }
  return [...groups]
    .map(([key, names]) => {
      const [place, reason] = key.split('\n')
      const what = names.length === 1 ? (names[0] ?? '') : `${names.length} tests`
      return `skipped: ${place} > ${what}: ${reason}`
    })
    .join('\n')
}

/** Vitest gives no reason of its own: neither to the tests behind a failed hook nor to `test.skip`. */
function reasonOf(test: TestCase): string {
  for (let place = test.parent; ; place = place.parent) {
    if (place.errors().length > 0) return 'a hook before it failed'
    if (place.type === 'module') return 'no reason given'
  }
}

/** Failures once more, a line each: whoever reads the end of a long run needs to know which. */
function formatFailures(
  modules: readonly TestModule[],
  tests: readonly TestCase[],
  unhandledErrors: readonly { readonly message?: string }[],
): string {
  const places = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const failures = [
    ...tests.map((test) => ({
      name: `${test.module.relativeModuleId} > ${test.fullName}`,
      errors: test.result().state === 'failed' ? (test.result().errors ?? []) : [],
    })),
    ...places.map((place) => ({
      name: place.type === 'module' ? place.relativeModuleId : place.fullName,
      errors: place.errors(),
    })),
    { name: 'outside every test', errors: unhandledErrors },
  ]
  return failures
    .flatMap(({ name, errors }) => errors.map((error) => `failed: ${name}: ${firstLine(error)}`))
    .join('\n')
}

function firstLine(error: { readonly message?: string }): string {
  return error.message?.split('\n', 1)[0] ?? 'no message'
}

/**
 * An error outside every test (a module that does not load, a hook that throws, a rejection nobody
 * handles) counts as one failure, so that a red run never reads `0 failed`.
 */
function countTests(
  modules: readonly TestModule[],
  tests: readonly TestCase[],
  unhandledErrors: number,
): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: 0 }
  for (const test of tests) {
    const { state } = test.result()
    if (state === 'passed') counts.passed++
    else if (state === 'skipped') counts.skipped++
    else counts.failed++
  }
  for (const module of modules) {
    const suites = [...module.children.allSuites()]
    counts.failed += module.errors().length
    counts.failed += suites.reduce((sum, suite) => sum + suite.errors().length, 0)
  }
  return counts
}

function formatCounts(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
}
