/** The unit of systemd: systemd understands it, and it gives what the program needs and no more. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { needed } from '../../src/cli/need-restart.ts'
import { DEFAULTS } from '../../src/engine/rules/defaults.ts'
import { loadRuleFiles } from '../../src/shell/rule-files.ts'
import { portcullis, temporaryFolder } from '../cli/program.ts'
import { requireNamespaces, useLab } from '../shell/intercept/lab.ts'

const lab = useLab()
const UNIT = 'packaging/portcullis.service'
const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')
const NOBODY = 65_534
/** Of ten, as `systemd-analyze security` counts; a unit without any protection has 9.6. */
const EXPOSURE_PERCENT_MAX = 25

function unit(): string {
  return readFileSync(UNIT, 'utf8')
}

/** The words of a setting. */
function setting(key: string): readonly string[] {
  return [...unit().matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].flatMap(([, words = '']) =>
    words.split(/\s+/),
  )
}

/** With a program that is there: the unit names the installed one. */
async function installed(): Promise<string> {
  const path = join(await temporaryFolder(), 'portcullis.service')
  await writeFile(path, unit().replace('/usr/bin/portcullis', process.execPath))
  return path
}

function analyze(args: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
  return { code: status, said: stdout + stderr }
}

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test('systemd understands it', async ({ skip }) => {
  skip(!hasSystemd, 'systemd-analyze is not installed')
  expect(analyze(['verify', await installed()])).toEqual({ code: 0, said: '' })
})

test('little is exposed', async ({ skip }) => {
  skip(!hasSystemd, 'systemd-analyze is not installed')
  const threshold = `--threshold=${EXPOSURE_PERCENT_MAX}`
  const options = ['security', '--offline=yes', '--no-pager', threshold]
  const { code, said } = analyze([...options, await installed()])
  expect(code, said).toBe(0)
})

test('the capabilities are those that the rule files need', async () => {
  const { ruleset } = await loadRuleFiles(['rules/gateway-tproxy.yaml'], { forRunning: true })
  if (ruleset === undefined) throw new Error('rules/gateway-tproxy.yaml has errors')
  const capabilities = setting('AmbientCapabilities')
  expect(capabilities.toSorted()).toEqual(needed(ruleset).toSorted())
  expect(setting('CapabilityBoundingSet')).toEqual(capabilities)
})

test('its command line is one that the program takes', async () => {
  const [program, ...args] = setting('ExecStart')
  expect(program).toBe('/usr/bin/portcullis')
  const folder = await temporaryFolder()
  const rules = readFileSync('rules/gateway-tproxy.yaml', 'utf8')
  await writeFile(join(folder, 'gateway.yaml'), rules, { mode: 0o600 })
  const words = args.map((word) => (word === '/etc/portcullis' ? folder : word))
  const { code, stdout } = await portcullis([...words, '--dry-run'])
  expect(code).toBe(0)
  expect(stdout).toContain('write the packet log /var/log/portcullis/portcullis.log.jsonl')
})

test('its folders are made for it', () => {
  const line = setting('ExecStart').join(' ')
  for (const [key, folder] of [
    ['ConfigurationDirectory', '/etc/portcullis'],
    ['LogsDirectory', '/var/log/portcullis/'],
    ['RuntimeDirectory', '/run/portcullis/'],
  ] as const) {
    expect(setting(key)).toEqual(['portcullis'])
    expect(line).toContain(folder)
  }
})

test('it waits for transfers as long as the rule file does', () => {
  const [seconds = ''] = setting('TimeoutStopSec')
  expect(seconds).toMatch(/^\d+s$/)
  expect(Number.parseInt(seconds, 10) * 1000).toBeGreaterThan(DEFAULTS.timeouts.drain)
})

test('with these capabilities and never root, it leads connections in and cleans up', async (context) => {
  requireNamespaces(context)
  const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0
  context.skip(!hasSetpriv, 'setpriv is not installed')
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is not there: npm run build')
  const readable = spawnSync(process.execPath, [MAIN, '--version'], { uid: NOBODY, cwd: '/' })
  context.skip(readable.status !== 0, 'the program lies where only root may read it')
  const folder = await temporaryFolder()
  await chmod(folder, 0o755)
  const rules = readFileSync('rules/gateway-tproxy.yaml', 'utf8')
  const path = join(folder, 'gateway.yaml')
  await writeFile(path, rules.replaceAll(/^ *intercept-interfaces:.*\n/gm, ''), { mode: 0o644 })
  const caps = setting('AmbientCapabilities')
    .map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)
    .join(',')
  const privileges = [
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    '--no-new-privs',
    `--bounding-set=-all,${caps}`,
    `--inh-caps=-all,${caps}`,
    `--ambient-caps=-all,${caps}`,
  ]
  const command = [MAIN, 'run', path, '--install-intercept', '--packet-log', '-']
  const child = spawn('setpriv', [...privileges, process.execPath, ...command], { cwd: '/' })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      if (said.includes('interception installed')) resolve()
    })
    child.once('close', () => reject(new Error(said)))
  })
  const { firewall } = lab()
  expect(firewall.run('nft', ['list', 'tables'])).toContain('portcullis_intercept')
  expect(firewall.run('ip', ['rule', 'show'])).toContain('lookup 2121')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(said).not.toContain('"level":"error"')
  expect(firewall.run('nft', ['list', 'tables'])).not.toContain('portcullis')
  expect(firewall.run('ip', ['rule', 'show'])).not.toContain('lookup 2121')
}, 60_000)
