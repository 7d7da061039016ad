/** In a process of its own, since there is no way back. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { CAPABILITIES, type Capability } from '../../../src/shell/privileges/capabilities.ts'
import { dropPrivileges, type Kept } from '../../../src/shell/privileges/drop.ts'

const BUILT = join(import.meta.dirname, '../../../dist/shell/privileges/drop.js')
const USER = { name: '4711', uid: 4711, gid: 1234, isKnown: false }

/** What /proc says of the main thread, of another thread, and of a child, after the drop. */
interface Seen {
  readonly main: string
  readonly others: readonly string[]
  readonly child: string
  readonly becomesRoot: string
}

const SCRIPT = `
const { dropPrivileges } = await import(process.argv[1])
const { execFileSync } = await import('node:child_process')
const { readFileSync, readdirSync } = await import('node:fs')
dropPrivileges(JSON.parse(process.argv[2]), JSON.parse(process.argv[3]))
const status = (id) => readFileSync('/proc/self/task/' + id + '/status', 'utf8')
let becomesRoot = 'yes'
try { process.setuid(0) } catch (error) { becomesRoot = error.code }
process.stdout.write(JSON.stringify({
  main: status(process.pid),
  others: readdirSync('/proc/self/task').filter((id) => id !== String(process.pid)).map(status),
  child: execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' }),
  becomesRoot,
}))`

function dropped(kept: Kept): Seen {
  const args = [pathToFileURL(BUILT).href, JSON.stringify(USER), JSON.stringify(kept)]
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT, ...args], {
    encoding: 'utf8',
  })
  return JSON.parse(output) as Seen
}

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? ''
}

function bits(...names: readonly Capability[]): string {
  const sum = names.reduce((all, name) => all | (1 << CAPABILITIES[name]), 0)
  return sum.toString(16).padStart(16, '0')
}

const CASES: readonly (readonly [string, Kept])[] = [
  ['nothing', { capabilities: [], inherited: [] }],
  ['one', { capabilities: ['CAP_NET_BIND_SERVICE'], inherited: [] }],
  [
    'two, and one for programs started later',
    { capabilities: ['CAP_NET_BIND_SERVICE', 'CAP_NET_ADMIN'], inherited: ['CAP_NET_ADMIN'] },
  ],
]

test.each(CASES)('it keeps %s, for good', (_, kept) => {
  if (process.getuid?.() !== 0) {
    expect(() => dropPrivileges(USER, kept)).toThrow(/^cannot become 4711 and .*Start it as root/)
    return
  }
  if (!existsSync(BUILT)) throw new Error(`${BUILT} is not there: npm run build`)
  const { main, others, child, becomesRoot } = dropped(kept)
  const all = bits(...kept.capabilities)
  const inherited = bits(...kept.inherited)
  for (const status of [main, child, ...others]) {
    expect(field(status, 'Uid')).toBe('4711\t4711\t4711\t4711')
    expect(field(status, 'Gid')).toBe('1234\t1234\t1234\t1234')
    expect(field(status, 'Groups').trim()).toBe('1234')
  }
  for (const name of ['CapPrm', 'CapEff', 'CapBnd']) expect(field(main, name)).toBe(all)
  for (const name of ['CapInh', 'CapAmb']) expect(field(main, name)).toBe(inherited)
  expect(field(main, 'NoNewPrivs')).toBe('1')
  for (const name of ['CapPrm', 'CapEff', 'CapAmb']) expect(field(child, name)).toBe(inherited)
  expect(field(child, 'NoNewPrivs')).toBe('1')
  expect(others.length).toBeGreaterThan(0)
  for (const status of others)
    for (const name of ['CapPrm', 'CapEff']) expect(field(status, name)).toBe(bits())
  expect(becomesRoot).toBe('EPERM')
})
