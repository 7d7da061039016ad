import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../src/engine/rules/diagnostic.ts'
import { loadRuleFiles, type RuleFileOptions } from '../../src/shell/rule-files.ts'

const SOUND =
  'version: 1\nrules: [{ permit: control }, { deny: active-data }, { deny: passive-data }]\n'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rule-files-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, content: string | Uint8Array = SOUND, mode = 0o644): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

async function problems(
  paths: readonly string[],
  options: RuleFileOptions = {},
): Promise<readonly string[]> {
  const { diagnostics, ruleset } = await loadRuleFiles(paths, options)
  const hasError = diagnostics.some(({ severity }) => severity === 'error')
  expect(ruleset === undefined).toBe(hasError)
  return diagnostics.map((one) => formatDiagnostic(one).replaceAll(`${folder}/`, ''))
}

test('a file', async () => {
  const { ruleset, diagnostics } = await loadRuleFiles([write('a.yaml')])
  expect(diagnostics).toEqual([])
  expect(ruleset?.rules).toHaveLength(3)
})

test('a folder is its YAML files in the order of their names', async () => {
  const rule = (name: string): string => `version: 1\nrules: [{ deny: control, name: ${name} }]\n`
  write('20-b.yml', 'version: 1\nrules: [{ permit: control, name: b, port: 21 }]\n')
  write('10-a.yaml', rule('a').replace('name', 'port: 22, name'))
  write('README.md', 'not: [yaml')
  write('.hidden.yaml', 'not: [yaml')
  write('30.yaml.orig', 'not: [yaml')
  mkdirSync(join(folder, 'sub'))
  const { ruleset } = await loadRuleFiles([folder])
  expect(ruleset?.rules.map(({ name }) => name)).toEqual(['a', 'b'])
})

describe('what cannot be read is said without a stack trace', () => {
  test('missing, empty, no file, not text', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    expect(
      await problems([
        join(folder, 'missing.yaml'),
        empty,
        '/dev/null',
        write('latin1.yaml', Buffer.from('version: 1 # \xe9\n', 'latin1')),
        write('empty.yaml', ''),
      ]),
    ).toEqual([
      'missing.yaml error there is no such file or folder',
      'empty error no *.yaml or *.yml in this folder',
      '/dev/null error this is not a file',
      'latin1.yaml error the file is not UTF-8 text',
      'empty.yaml:1:1 error the file says nothing; a rule file begins with "version: 1"',
    ])
  })

  test('a folder that is called like a rule file', async () => {
    mkdirSync(join(folder, 'sub.yaml'))
    expect(await problems([folder])).toEqual(['sub.yaml error this is not a file'])
  })

  test('one that may not be read', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may read everything')
    expect(await problems([write('secret.yaml', SOUND, 0o000)])).toEqual([
      'secret.yaml error this process may not read it',
    ])
  })

  test('a named pipe does not make it wait', async () => {
    const path = join(folder, 'pipe.yaml')
    execFileSync('mkfifo', [path])
    expect(await problems([path])).toEqual(['pipe.yaml error this is not a file'])
  })

  test('K11 symbolic links in a circle', async () => {
    symlinkSync(join(folder, 'b.yaml'), join(folder, 'a.yaml'))
    symlinkSync(join(folder, 'a.yaml'), join(folder, 'b.yaml'))
    expect(await problems([join(folder, 'a.yaml')])).toEqual([
      'a.yaml error symbolic links go round in a circle',
    ])
  })

  test('K7 a file of 50 MB is not read', async () => {
    expect(await problems([write('big.yaml', Buffer.alloc(50_000_000, '#'))])).toEqual([
      'big.yaml error the file is too large for a rule file',
    ])
  })

  test('the others are still judged', async () => {
    const bad = write('bad.yaml', 'version: 1\nrules: [{ permit: x }]\n')
    expect(await problems([join(folder, 'missing.yaml'), bad])).toHaveLength(2)
  })
})

test('one file under two names is read once', async () => {
  const path = write('a.yaml')
  linkSync(path, join(folder, 'b.yaml'))
  expect(await problems([path, join(folder, 'b.yaml')])).toEqual([
    `b.yaml error the same file was already read as a.yaml`,
  ])
})

describe('who can write a rule file can open the firewall', () => {
  test.each([0o664, 0o646, 0o666])('K13 mode %o is a warning', async (mode) => {
    expect(await problems([write('a.yaml', SOUND, mode)])).toEqual([
      'a.yaml warning other users can write to this file, and so change the rules: chmod go-w',
    ])
  })

  test.each([0o664, 0o646, 0o666])('K13 mode %o is an error for who is to run it', async (mode) => {
    const path = write('a.yaml', SOUND, mode)
    expect(await problems([path], { refuseWritable: true })).toEqual([
      'a.yaml error other users can write to this file, and so change the rules: chmod go-w, ' +
        'or --allow-writable-rules',
    ])
    expect((await loadRuleFiles([path], { refuseWritable: true })).ruleset).toBeUndefined()
  })

  test('K13 somebody else’s file is refused, but for root’s and the service’s own', async ({
    skip,
  }) => {
    skip(process.getuid?.() !== 0, 'only root can give a file away')
    const path = write('a.yaml')
    chownSync(path, 65_534, 65_534)
    expect(await problems([path])).toEqual([
      'a.yaml warning this file belongs to another user, who can change the rules: chown root',
    ])
    expect(await problems([path], { refuseWritable: true })).toEqual([
      'a.yaml error this file belongs to another user, who can change the rules: chown root, ' +
        'or --allow-writable-rules',
    ])
    expect(await problems([path], { refuseWritable: true, owner: 65_534 })).toEqual([])
  })

  test.each([0o600, 0o644, 0o640])('K13 mode %o is not', async (mode) => {
    expect(await problems([write('a.yaml', SOUND, mode)])).toEqual([])
  })
})

test('a ruleset that is to run needs listeners', async () => {
  expect(await problems([write('a.yaml')], { forRunning: true })).toEqual([
    expect.stringMatching('there are no listeners'),
  ])
})
