import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type DemoOptions, runDemo } from '../../src/demo/demo.ts'
import { directory, file } from '../../src/demo/server/file-tree.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'
import { Terminal } from '../../src/demo/terminal.ts'

test('explains, draws and checks the scripted session', async () => {
  const { options, written } = demoOf({ once: true })
  expect(await runDemo(options)).toBe(true)
  const text = written()
  expect(text).toMatch(/FTP client ───▶ Portcullis 127\.0\.0\.1:21\d\d ───▶ FTP server 127\.0\.0\./)
  expect(text.match(/^ +\d {2}\S.*$/gm)?.map((title) => title.trim())).toMatchInlineSnapshot(`
    [
      "1  A client connects and logs in",
      "2  Passive mode: a listing",
      "3  Extended passive mode: a larger file",
      "4  Active mode: the server connects",
      "5  A bounce attempt",
      "6  The client leaves",
    ]
  `)
  expect(text).toMatch(/PASS .*never recorded/)
  expect(text).not.toContain('correct horse')
  expect(text).toMatch(/✓ 108,556 bytes through port \d+, exactly as they were sent/)
  expect(text).toMatch(/PORT 192,0,2,66,19,137 +─┼──✗/)
})

test('waits for a client until it is stopped, and closes its ports', async () => {
  const stop = new AbortController()
  const { options, written } = demoOf({ stop: stop.signal })
  const ended = runDemo(options)
  while (!written().includes('Ctrl-C ends the demo'))
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  stop.abort()
  expect(await ended).toBe(true)
})

test('a server of somebody else gets no scripted session', async () => {
  const root = directory('', [file('a.txt', 'a')])
  const server = await startFtpServer({ root, host: '127.0.0.1' })
  const { options, written } = demoOf({ server: server.endpoint, stop: AbortSignal.abort() })
  expect(await runDemo(options)).toBe(true)
  expect(written()).not.toContain('A bounce attempt')
  await server.close()
})

function demoOf(part: Partial<DemoOptions>): {
  readonly options: DemoOptions
  readonly written: () => string
} {
  const pieces: string[] = []
  const output = { columns: 100, write: (text: string): number => pieces.push(text) }
  const options = {
    terminal: new Terminal(output),
    logger: pino({ level: 'silent' }),
    server: undefined,
    once: false,
    stop: new AbortController().signal,
    ...part,
  }
  return { options, written: () => pieces.join('') }
}
