import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import {
  descriptorLimit,
  readDescriptors,
  reserveOf,
  sessionsThatFit,
  STANDING,
} from '../../src/shell/descriptors.ts'
import { ports } from '../support/rules.ts'

const DOOR = frontDoor({
  listen: endpoint(ip('127.0.0.1'), port(2121)),
  server: endpoint(ip('192.0.2.7'), port(21)),
})

/** With `left` descriptors beside the reserve and what stands. */
function fitting(left: number, change: Partial<Ruleset> = {}): number {
  const limit = 4_000
  const open = limit - reserveOf(limit) - STANDING - left
  return sessionsThatFit({ ...DOOR, ...change }, { limit, open })
}

function limits(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'limits'), text)
  return join(folder, 'limits')
}

describe('the limit of open files', () => {
  test('is what the shell shows for a process like this one', () => {
    expect(descriptorLimit()).toBe(Number(execFileSync('sh', ['-c', 'ulimit -n'])))
  })

  test('is Node’s to raise: the soft limit is the hard one when a program of ours begins', () => {
    const script = `process.stdout.write(require('fs').readFileSync('/proc/self/limits', 'utf8'))`
    const text = execFileSync('sh', [
      '-c',
      'ulimit -Sn 50; ulimit -Hn 200; exec "$0" -e "$1"',
      process.execPath,
      script,
    ]).toString()
    expect(text).toMatch(/^Max open files\s+200\s+200\s/m)
  })

  test('may be none, or unknown', () => {
    expect(descriptorLimit(limits('Max open files            unlimited  unlimited  files\n'))).toBe(
      Infinity,
    )
    expect(descriptorLimit(limits('Max processes             63  63  processes\n'))).toBe(undefined)
    expect(descriptorLimit('/proc/self/no-such-file')).toBe(undefined)
  })

  test('comes with how many are open', () => {
    const { open = 0, limit = 0 } = readDescriptors() ?? {}
    expect(open).toBeGreaterThan(3)
    expect(limit).toBeGreaterThan(open)
  })
})

test.each([
  [64, 16],
  [1_024, 256],
  [1_000_000, 256],
  [Infinity, 256],
])('of %s descriptors %i are in reserve', (limit, reserve) => {
  expect(reserveOf(limit)).toBe(reserve)
})

describe('R2 how many sessions fit', () => {
  test('five descriptors each, after one for the listener', () => {
    expect(fitting(51)).toBe(10)
    expect(fitting(50)).toBe(9)
  })

  test('none is none, never less', () => {
    expect(fitting(5)).toBe(0)
    expect(sessionsThatFit(DOOR, { limit: 20, open: 20 })).toBe(0)
  })

  test('two each where the kernel carries data connections', () => {
    expect(fitting(51, { dataPath: 'kernel' })).toBe(25)
  })

  test('a static range takes a listener for each of its ports', () => {
    const listeners = DOOR.listeners.map((one) => ({
      ...one,
      serverPassivePorts: ports('40000-40019'),
    }))
    expect(fitting(51, { listeners })).toBe(6)
    expect(fitting(51, { listeners, dataPath: 'kernel' })).toBe(25)
  })

  test('without a limit, any number', () => {
    expect(sessionsThatFit(DOOR, { limit: Infinity, open: 20 })).toBe(Infinity)
  })
})
