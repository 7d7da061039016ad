/** Real processes; what they run is written here. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { clusterFork } from '../../../src/shell/workers/worker-process.ts'
import { readToEnd } from '../../support/sockets.ts'
import { eventually, temporaryDirectory } from '../packet-log/support.ts'

/** Answers with what it gets, and says hello on every socket. */
const PROGRAM = `
process.on('message', (message, socket) => {
  if (message.end !== undefined) process.exit(message.end)
  socket?.end('hello from the worker')
  process.send({ got: message, hasSocket: socket !== undefined })
})
process.send('up')
`

function start() {
  const program = join(temporaryDirectory(), 'program.cjs')
  writeFileSync(program, PROGRAM)
  const heard: unknown[] = []
  const ends: string[] = []
  const fork = clusterFork(program)
  const worker = fork({ message: (value) => heard.push(value), end: (how) => ends.push(how) })
  onTestFinished(async () => {
    worker.kill()
    await eventually(() => expect(ends).toHaveLength(1))
  })
  return { worker, heard, ends }
}

test('messages go both ways, and how it ended is told when all was heard', async () => {
  const { worker, heard, ends } = start()
  await eventually(() => expect(heard).toEqual(['up']))
  expect(worker.pid).toBeGreaterThan(1)
  worker.send({ a: 1 })
  worker.send({ end: 7 })
  await eventually(() => expect(ends).toEqual(['exit code 7']))
  expect(heard.at(-1)).toEqual({ got: { a: 1 }, hasSocket: false })
  worker.send({ late: true })
})

test('a socket is theirs, and stays ours until we close it', async () => {
  const { worker, heard } = start()
  await eventually(() => expect(heard).toEqual(['up']))
  const server = createServer({ pauseOnConnect: true })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const address = server.address()
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0)
  const [socket] = (await once(server, 'connection')) as [import('node:net').Socket]
  server.close()
  worker.send({ b: 2 }, socket)
  expect(await readToEnd(client)).toBe('hello from the worker')
  await eventually(() => expect(heard.at(-1)).toEqual({ got: { b: 2 }, hasSocket: true }))
  expect(socket.destroyed).toBe(false)
  socket.destroy()
})

test('one that is killed', async () => {
  const { worker, heard, ends } = start()
  await eventually(() => expect(heard).toEqual(['up']))
  worker.kill()
  await eventually(() => expect(ends).toEqual(['SIGKILL']))
})
