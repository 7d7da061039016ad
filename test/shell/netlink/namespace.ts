/**
 * A network namespace of the test's own: the thread leaves the one it was started in, so that
 * nothing here touches the rules and switches of the machine. The namespace goes with the thread.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, type TestContext } from 'vitest'
import { checked, library } from '../../../src/shell/native/libc.ts'

const CLONE_NEWNET = 0x40_00_00_00

/** Runs the tests of a file in a fresh namespace, with its loopback up and the tables `rules` makes. */
export function inFreshNamespace(rules: string): void {
  const reason = missing()
  let home: number | undefined
  beforeAll(() => {
    if (reason !== undefined) return
    home = openSync('/proc/thread-self/ns/net', 'r')
    const unshare = library('libc.so.6').func('int unshare(int)')
    checked('unshare', unshare(CLONE_NEWNET) as number)
    execFileSync('ip', ['link', 'set', 'lo', 'up'])
    execFileSync('nft', ['-f', '-'], { input: rules })
  })
  beforeEach((context: TestContext) => {
    if (reason === undefined) return
    if ((process.env['CI'] ?? '') !== '') throw new Error(reason)
    context.skip(reason)
  })
  afterAll(() => {
    if (home === undefined) return
    const setns = library('libc.so.6').func('int setns(int, int)')
    checked('setns', setns(home, CLONE_NEWNET) as number)
    closeSync(home)
  })
}

/** Why there can be no namespace here. */
function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'a network namespace needs root'
  for (const program of ['ip', 'nft'])
    try {
      execFileSync(program, ['-V'], { stdio: 'ignore' })
    } catch {
      return `the program ${program} is not installed`
    }
  return undefined
}
