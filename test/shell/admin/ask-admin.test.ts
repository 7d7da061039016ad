import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AdminError } from '../../../src/shell/admin/admin-error.ts'
import { askAdmin } from '../../../src/shell/admin/ask-admin.ts'
import { temporaryFolder } from './folder.ts'
import { leaveStaleSocket } from './stale.ts'

test('the answer is what came', async () => {
  const path = await answering((socket) => socket.end('{"answer":{"ranges":[]}}\n'))
  expect(await ask(path)).toEqual({ ranges: [] })
})

test('where nobody is', async () => {
  const folder = temporaryFolder()
  const nothing = join(folder, 'admin.sock')
  await expect(ask(nothing)).rejects.toThrow(AdminError)
  await expect(ask(nothing)).rejects.toThrow(`no process answers at ${nothing}. Is it running`)
  const stale = join(folder, 'stale.sock')
  leaveStaleSocket(stale)
  await expect(ask(stale)).rejects.toThrow(`no process answers at ${stale}. Is it running`)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await expect(ask(file)).rejects.toThrow(`no process answers at ${file}. Is it running`)
})

test.each([
  ['null\n', 'is not Portcullis'],
  ['{}\n', 'is not Portcullis'],
  ['220 ready\r\n', 'cannot ask at'],
  ['', 'ended in the middle of a line'],
])('an answer of another program: %j', async (answer, message) => {
  const path = await answering((socket) => socket.end(answer))
  await expect(ask(path)).rejects.toThrow(AdminError)
  await expect(ask(path)).rejects.toThrow(message)
})

test('an error is told without what a terminal acts upon', async () => {
  const path = await answering((socket) => socket.end('{"error":"no\\u001b[31m\\nway"}\n'))
  await expect(ask(path)).rejects.toThrow(`the process at ${path} answers: no?[31m?way`)
})

test('who does not answer is not waited for for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  let hear: () => void = () => undefined
  const heard = new Promise<void>((resolve) => {
    hear = resolve
  })
  const path = await answering((socket) => socket.once('data', () => hear()))
  const answer = ask(path)
  const outcome = expect(answer).rejects.toThrow(`the process at ${path} does not answer`)
  await heard
  vi.advanceTimersByTime(10_000)
  await outcome
})

function ask(path: string): Promise<unknown> {
  return askAdmin(path, { request: 'ports' })
}

async function answering(serve: (socket: Socket) => void): Promise<string> {
  const path = join(temporaryFolder(), 'answering')
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined).resume()
    serve(socket)
  }).listen(path)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return path
}
