/** Compiles what is counted and runs it in a process of its own, in which nothing is left to chance. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT_ROOT } from '../../test/support/project-root.ts'
import type { Counted } from './counts.ts'

const run = promisify(execFile)

/** Where `tsconfig.json` beside this file has the compiler write, without comments. */
export const COMPILED: string = join(PROJECT_ROOT, 'dist-bench', 'guard')

/**
 * Only the interpreter runs, on one thread, so that what is executed and allocated is always the same;
 * and there is so much room that nothing is collected meanwhile, which would blur what was allocated.
 */
const SWITCHES = [
  '--jitless',
  '--no-expose-wasm',
  '--predictable',
  '--single-threaded',
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
]

/** Compiled once, code can be counted many times. */
export async function compile(): Promise<void> {
  const compiler = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [compiler, '-p', join(PROJECT_ROOT, 'bench', 'guard')])
}

/** Counts dialogues, by default all. `folder` holds compiled code. */
export async function count(
  names: readonly string[] = [],
  folder: string = COMPILED,
): Promise<Counted> {
  const program = join(folder, 'bench', 'guard', 'count.js')
  const { stdout } = await run(process.execPath, [...SWITCHES, program, ...names])
  return JSON.parse(stdout) as Counted
}
