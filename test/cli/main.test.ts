import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { Program, portcullis } from './program.ts'

test.each(['', 'run', 'check', 'demo', 'ports', 'explain', 'replay', 'audit'])(
  '%s --help',
  async (command) => {
    const { code, stdout, stderr } = await portcullis([command, '--help'].filter(Boolean))
    expect(code).toBe(0)
    expect(stderr).toBe('')
    await expect(stdout).toMatchFileSnapshot(`help/${command || 'portcullis'}.txt`)
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  },
)

test('--version is that of package.json', async () => {
  const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'))
  const { code, stdout } = await portcullis(['--version'])
  expect(code).toBe(0)
  expect(manifest).toMatchObject({ version: stdout.trim() })
})

test('a completion script, and what it asks for', async () => {
  const script = await portcullis(['completion'], { env: { SHELL: '/bin/bash' } })
  expect(script.stdout).toContain('complete -o bashdefault -o default -F')
  const words = await portcullis(['--get-yargs-completions', 'portcullis', ''])
  expect(words.stdout.split('\n')).toEqual(expect.arrayContaining(['demo', 'run', 'check']))
})

test('a command line that makes no sense', async () => {
  expect(await portcullis(['rnu'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'portcullis: Unknown argument: rnu\nSee portcullis --help.\n',
  })
})

test('a reader that goes away is no reason to fall over', async () => {
  const program = new Program(['check', 'no-such-file.yaml'])
  program.hangUp()
  expect(await program.ended).toEqual({ code: 1, stdout: '', stderr: '' })
})

test('a mistake of ours stops the program with one line and exit code 70', async () => {
  const fault = 'process.on("SIGWINCH", () => { throw new TypeError("x is not a function") })'
  const program = new Program(['demo'], {
    node: ['--import', `data:text/javascript,${encodeURIComponent(fault)}`],
  })
  await program.says(/Ctrl-C ends the demo/)
  program.kill('SIGWINCH')
  const { code, stderr } = await program.ended
  expect(code).toBe(70)
  expect(stderr).toMatch(
    /^portcullis: internal error, stopping: TypeError: x is not a function \| at .*\n$/,
  )
})
