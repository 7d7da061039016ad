import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { FtpClient } from '../../src/demo/client.ts'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import { endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { Program, portcullis } from './program.ts'

const run = promisify(execFile)

test('--once plays the session and ends with exit code 0', async () => {
  const { code, stdout, stderr } = await portcullis(['demo', '--once'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout.match(/^ +✓ .+$/gm)).toHaveLength(6)
  expect(stdout).not.toContain('Your turn')
  // Nobody but a terminal gets colours.
  expect(stdout).not.toContain('\u001b')
})

test('the commands it offers work, in active mode too', async ({ skip }) => {
  skip(!existsSync('/usr/bin/curl'), 'curl is not installed')
  const program = new Program(['demo'])
  await program.says(/Ctrl-C ends the demo/)
  const offered = [...(await program.says(/(?:^ +curl .+\n)+/m))[0].matchAll(/curl (.*?) {2}/g)]
  expect(offered).toHaveLength(3)
  for (const [, options = ''] of offered) {
    const { stdout } = await run('/usr/bin/curl', ['-sS', ...options.split(' ')])
    expect(stdout).toMatch(options.endsWith('/') ? /welcome\.txt/ : /You came through a portcullis/)
  }
  await program.says(/EPRT [^]*\/?welcome\.txt[^]*QUIT/)
  program.kill('SIGINT')
  expect((await program.ended).code).toBe(0)
})

test('--server stands in front of another server and draws what comes', async () => {
  const server = await startFtpServer({ root: demoFiles(), host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const program = new Program(['demo', '--server', formatEndpoint(server.endpoint)])
  const [, at = ''] = await program.says(/curl ftp:\/\/127\.0\.0\.1:(\d+)\//)
  const client = await FtpClient.connect(endpoint(ip('127.0.0.1'), port(Number(at))))
  await client.nextReply()
  await client.expect('QUIT', 221)
  await program.says(/221 Goodbye\./)
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
})

test('a server whose name nobody knows is one line', async () => {
  // No resolver is asked for a name with an empty label.
  const { code, stderr } = await portcullis(['demo', '--server', 'x..y'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^portcullis: --server "x\.\.y": expected/)
})
