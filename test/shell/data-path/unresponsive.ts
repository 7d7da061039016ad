import { Worker } from 'node:worker_threads'
import { endpoint, type Endpoint } from '../../../src/net/endpoint.ts'
import { port } from '../../../src/net/port.ts'
import { dialing, LOOPBACK, soon } from './lab.ts'

/** A listener whose thread sleeps: its backlog fills up and further SYNs stay unanswered. */
export async function unresponsive(): Promise<{ to: Endpoint; stop: () => Promise<void> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer()
     server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  const listening = await new Promise<number>((resolve) => worker.once('message', resolve))
  const to = endpoint(LOOPBACK, port(listening))
  const waiting = [dialing(to), dialing(to)]
  await soon(() => waiting.every((socket) => !socket.connecting) || undefined)
  return {
    to,
    stop: async () => {
      for (const socket of waiting) socket.destroy()
      await worker.terminate()
    },
  }
}
