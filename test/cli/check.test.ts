import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { portcullis, temporaryFolder } from './program.ts'

const SOUND = `version: 1
listeners:
  - { name: public, listen: 127.0.0.1:2121, server: 127.0.0.2:2100, server-passive-ports: 60000-60009 }
rules:
  - { permit: control, from: any, to: 127.0.0.2, port: 2100 }
  - { permit: passive-data, from: any, to: 127.0.0.2, port: 1024-65535 }
  - { permit: active-data, from: 127.0.0.2, to: any }
`
const UNUSED_PROFILE = `${SOUND}profiles:
  strict: { active-mode: denied }
`
const WRONG = `${SOUND}  - { permit: contrl, from: 10.0.0.1/24 }
passive-ports: 50099-50000
`

test('sound files: what was read, and exit code 0', async () => {
  const folder = await folderWith({ 'a.yaml': SOUND })
  expect(await portcullis(['check', folder])).toEqual({
    code: 0,
    stdout: 'no problems: 1 listener, 3 rules, 1 profile\n',
    stderr: '',
  })
})

test('workers are counted where there are several', async () => {
  const folder = await folderWith({ 'a.yaml': `${SOUND}workers: 4\n` })
  const { stdout } = await portcullis(['check', folder])
  expect(stdout).toBe('no problems: 1 listener, 3 rules, 1 profile, 4 workers\n')
})

test('no listener is worth a word, for `run` needs one', async () => {
  const folder = await folderWith({ 'a.yaml': 'version: 1\nrules: []\n' })
  const { code, stdout } = await portcullis(['check', folder])
  expect(code).toBe(0)
  expect(stdout).toContain('no listeners, no rules, 1 profile (to run, there must be a listener)\n')
})

test('errors: each with its place, line and caret, and exit code 1', async () => {
  const folder = await folderWith({ 'a.yaml': WRONG })
  const { code, stdout } = await portcullis(['check', 'a.yaml'], { cwd: folder })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^a\.yaml:8:15 error .+\n {2}.+contrl.+\n {2} +\^+\n/m)
  expect(stdout).toMatch(/^a\.yaml:9:16 error .+\n {2}passive-ports: 50099-50000\n {2} +\^+\n/m)
  expect(stdout).toMatch(/\n\d errors, no warnings\n$/)
})

test('warnings alone leave the exit code 0', async () => {
  const folder = await folderWith({ 'a.yaml': UNUSED_PROFILE })
  const { code, stdout } = await portcullis(['check', folder])
  expect(code).toBe(0)
  expect(stdout).toMatch(/a\.yaml:9:\d+ warning .*strict/)
  expect(stdout).toMatch(/\nno errors, 1 warning: 1 listener, 3 rules, 2 profiles\n$/)
})

test('--quiet prints problems and nothing else', async () => {
  const folder = await folderWith({ 'a.yaml': SOUND, 'b.yml': 'version: 1\nbogus: 1\n' })
  expect(await portcullis(['check', '-q', join(folder, 'a.yaml')])).toMatchObject({ stdout: '' })
  const { code, stdout } = await portcullis(['check', '--quiet', folder])
  expect(code).toBe(1)
  expect(stdout).toMatch(/b\.yml:2:1 error /)
  expect(stdout).not.toMatch(/no warnings/)
})

test('what cannot be read is a problem like others', async () => {
  const folder = await folderWith({})
  const { code, stdout, stderr } = await portcullis(['check', 'a.yaml', '.'], { cwd: folder })
  expect(code).toBe(1)
  expect(stderr).toBe('')
  expect(stdout).toBe(
    'a.yaml error there is no such file or folder\n' +
      '. error no *.yaml or *.yml in this folder\n' +
      '2 errors, no warnings\n',
  )
})

test('a file may be called as a number is written', async () => {
  const folder = await folderWith({ '007': SOUND })
  expect(await portcullis(['check', '007'], { cwd: folder })).toMatchObject({ code: 0 })
})

test('whether the ranges suffice: the arithmetic, and exit code 0 when they do', async () => {
  const folder = await folderWith({ 'a.yaml': SOUND })
  const asked = ['--transfers-per-second', '0.1', '--transfer-seconds', '5']
  const { code, stdout } = await portcullis(['check', folder, ...asked])
  expect(code).toBe(0)
  expect(stdout).toBe(`no problems: 1 listener, 3 rules, 1 profile

0.1 transfers a second by 1 client, 5 seconds each:

passive-ports 50000-50099: enough
  needs 7 ports for each client: 0.1 a second x (5 s transfer + 60 s TIME_WAIT)
  has   100 ports, enough for 1.54 a second
  in all: each client has the whole range, so more clients need no more ports

server-passive-ports 60000-60009 of listener public: enough
  needs 7 ports for all clients of this server together: 0.1 a second x (5 s transfer + 60 s TIME_WAIT)
  has   10 ports, enough for 0.154 a second
`)
})

test('a range that is too small is exit code 1, and all that --quiet shows', async () => {
  const folder = await folderWith({ 'a.yaml': SOUND })
  const asked = ['--transfers-per-second', '10', '--clients', '10', '--quiet']
  const { code, stdout } = await portcullis(['check', folder, ...asked])
  expect(code).toBe(1)
  expect(stdout).toContain('server-passive-ports 60000-60009 of listener public: too small')
  expect(stdout).toContain('600 ports too few')
  expect(stdout).not.toMatch(/enough\n|no problems/)
})

test('where no range is used there is nothing to work out', async () => {
  const gateway = `version: 1
data-path: kernel
listeners:
  - { name: g, listen: 0.0.0.0:2121, server: original-destination, intercept: tproxy, keep-client-address: true }
rules:
  - { permit: control, from: any, to: any }
`
  const folder = await folderWith({ 'a.yaml': gateway })
  const { code, stdout } = await portcullis(['check', folder, '--transfers-per-second', '1'])
  expect(code).toBe(0)
  expect(stdout).toContain('\nno range is used: clients use the ports that the server announces\n')
})

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 })
  return folder
}
