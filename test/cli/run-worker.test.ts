import { spawnSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runWorker } from '../../src/cli/run-worker.ts'
import { type Channel, PrimaryLink } from '../../src/shell/workers/primary-link.ts'
import type { Start } from '../../src/shell/workers/protocol.ts'
import { PROJECT_ROOT } from '../support/project-root.ts'
import { eventually } from '../shell/packet-log/support.ts'
import { temporaryFolder } from './program.ts'

class FakeChannel extends EventEmitter implements Channel {
  readonly sent: { readonly type?: string; readonly message?: string }[] = []
  connected = true

  send(message: object): void {
    this.sent.push(message)
  }

  disconnect(): void {
    this.connected = false
  }

  types(): readonly unknown[] {
    return this.sent.map(({ type }) => type)
  }
}

const RULES = JSON.stringify({
  version: 1,
  workers: 2,
  listeners: [{ name: 'it', listen: '127.0.0.1:2121', server: '127.0.0.2:21' }],
  rules: [{ permit: 'control', from: 'any', to: 'any' }],
})

function start(packetLog: string): Start & { readonly type: 'start' } {
  const sources = [{ name: 'rules.yaml', text: RULES }]
  const more = { sources, rules: 'rules.yaml', capture: undefined, logLevel: 'silent' } as const
  return { type: 'start', worker: 2, workers: 2, packetLog, ...more }
}

afterEach(() => {
  process.exitCode = undefined
})

test('a worker, from hello to its end', async () => {
  const folder = await temporaryFolder()
  const channel = new FakeChannel()
  let stop: () => void = () => undefined
  const ended = runWorker(new PrimaryLink(channel), (stopNow) => {
    stop = stopNow
  })
  await eventually(() => expect(channel.types()).toEqual(['hello']))
  channel.emit('message', start(join(folder, 'log.jsonl')))
  await eventually(() => expect(channel.types()).toEqual(['hello', 'ready']))
  const question = { about: 'ports' }
  channel.emit('message', { type: 'question', id: 1, question })
  await eventually(() => expect(channel.types()).toContain('answer'))
  expect(channel.sent.at(-1)).toMatchObject({
    value: { ranges: [{ ports: { first: 50_050, last: 50_099 } }] },
  })
  stop()
  await ended
  expect(channel.connected).toBe(false)
  const lines = readFileSync(join(folder, 'log.w2.jsonl'), 'utf8').trim().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
    'log.start',
    'log.stop',
  ])
})

test('told to end before it is ready, it ends', async () => {
  const channel = new FakeChannel()
  const ended = runWorker(new PrimaryLink(channel), () => undefined)
  channel.emit('message', start(join(await temporaryFolder(), 'log.jsonl')))
  channel.emit('message', { type: 'drain' })
  await ended
  expect(channel.connected).toBe(false)
})

test('what is in the way is for the primary to say', async () => {
  const channel = new FakeChannel()
  const ended = runWorker(new PrimaryLink(channel), () => undefined)
  channel.emit('message', start(join(await temporaryFolder(), 'none', 'log.jsonl')))
  await ended
  expect(channel.sent.at(-1)).toMatchObject({ type: 'failed' })
  expect(channel.sent.at(-1)?.message).toMatch(/its directory does not exist/)
  expect(process.exitCode).toBe(1)
})

test('the program of a worker does nothing alone', () => {
  const { status, stderr } = spawnSync(process.execPath, ['dist/cli/worker.js'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect(status).toBe(2)
  expect(stderr).toBe('portcullis: this is a part of portcullis run, and does nothing alone\n')
})
