/** R20: a packet log that takes nothing any more, and what becomes of sessions then. */
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { formatEndpoint } from '../../../src/net/endpoint.ts'
import { portcullis } from '../../cli/program.ts'
import { type RunningPortcullis, startPortcullis } from '../../support/portcullis.ts'
import { loopback, useLaboratory } from './laboratory.ts'
import { LinePeer, serveLines, startScriptedServer } from './line-peer.ts'

const startServer = (): ReturnType<typeof startScriptedServer> =>
  startScriptedServer((peer) => serveLines(peer, () => peer.say('200 fine')))

/** What a new client is greeted with. */
async function greeting(listen: Parameters<typeof LinePeer.connect>[0]): Promise<string> {
  const client = await LinePeer.connect(listen)
  const line = await client.line()
  client.close()
  return line ?? ''
}

async function isGreeted(
  listen: Parameters<typeof LinePeer.connect>[0],
  code: number,
): Promise<void> {
  let line = ''
  for (let attempt = 0; attempt < 200 && !line.startsWith(`${code} `); attempt++) {
    line = await greeting(listen)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(line).toMatch(new RegExp(`^${code} `))
}

class Pipe {
  readonly path: string
  #fd: number | undefined
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.path = join(mkdtempSync(join(tmpdir(), 'portcullis-pipe-')), 'log')
    execFileSync('mkfifo', [this.path])
    this.open()
    const bytes = Buffer.alloc(1 << 16)
    this.#timer = setInterval(() => {
      try {
        while (this.#fd !== undefined && readSync(this.#fd, bytes) > 0);
      } catch {
        // EAGAIN: it is empty.
      }
    }, 10)
  }

  open(): void {
    this.#fd = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  remove(): void {
    this.close()
    clearInterval(this.#timer)
    rmSync(join(this.path, '..'), { recursive: true })
  }
}

describe.each([
  ['deny', 421],
  ['continue', 220],
] as const)('R20 a pipe whose reader is gone, on-failure: %s', (onFailure, code) => {
  let pipe: Pipe
  const laboratory = useLaboratory({
    server: async () => {
      pipe = new Pipe()
      const server = await startServer()
      return {
        ...server,
        close: () => {
          pipe.remove()
          return server.close()
        },
      }
    },
    rules: `packet-log: { path: log, on-failure: ${onFailure} }`,
    packetLog: () => pipe.path,
  })

  test(`new clients are told ${code}; sessions go on, and all is well with the next reader`, async () => {
    const { listen, bystander, proxy } = laboratory()
    await isGreeted(listen, 220)
    pipe.close()
    await isGreeted(listen, code)
    await bystander.goesOn()
    expect(await greeting(listen)).toMatch(new RegExp(`^${code} `))
    expect(proxy.said()).toContain('packet log failed')
    pipe.open()
    await isGreeted(listen, 220)
  })
})

interface Served {
  readonly listen: Parameters<typeof LinePeer.connect>[0]
  readonly proxy: RunningPortcullis
}

async function serveWith(packetLog: string, onFailure: string): Promise<Served> {
  const server = await startServer()
  const listen = await loopback()
  const proxy = await startPortcullis({
    args: (_, rules) => [rules, '--packet-log', packetLog],
    rules: () => `version: 1
listeners:
- { name: it, listen: "${formatEndpoint(listen)}", server: "${formatEndpoint(server.endpoint)}" }
profiles: { default: { opaque-data: deny } }
packet-log: { path: log, on-failure: ${onFailure} }
rules:
- { permit: control, from: any, to: any, port: 1-65535 }
- { deny: passive-data, from: any, to: any }
- { deny: active-data, from: any, to: any }
`,
    endpoints: [listen],
  })
  onTestFinished(async () => {
    await proxy.stop()
    await server.close()
  })
  return { listen, proxy }
}

test.each([
  ['deny', 421],
  ['continue', 220],
] as const)('R20 a disk that was always full, on-failure: %s', async (onFailure, code) => {
  const { listen, proxy } = await serveWith('/dev/full', onFailure)
  await isGreeted(listen, code)
  expect(proxy.said()).toContain('ENOSPC')
})

test('R20 a disk that fills up refuses new clients until there is room, and the chain holds', async ({
  skip,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-disk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    skip('only root can mount a small disk')
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  const log = join(folder, 'log.jsonl')
  const { listen } = await serveWith(log, 'deny')
  await isGreeted(listen, 220)
  expect(() => writeFileSync(join(folder, 'filler'), Buffer.alloc(1 << 20))).toThrow('ENOSPC')
  await isGreeted(listen, 421)
  rmSync(join(folder, 'filler'))
  await isGreeted(listen, 220)
  expect(await portcullis(['audit', 'verify', log])).toMatchObject({ code: 0 })
})
