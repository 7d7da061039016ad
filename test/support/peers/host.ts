/** Where programs of the laboratory run: in this machine's own network, or in one made for a test. */
import type { ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import type { Ip } from '../../../src/net/ip.ts'
import { type Port, toPort } from '../../../src/net/port.ts'

export interface Host {
  /** The words that start a program there. */
  readonly command: (
    program: string,
    args: readonly string[],
  ) => { readonly program: string; readonly args: readonly string[] }
  /** A port nobody listens on. Another process may take it first; the caller then fails to start. */
  readonly freePort: (address: Ip) => Promise<Port>
  /** Whether `child` accepts connections at an endpoint. */
  readonly isListening: (child: ChildProcess, at: Endpoint) => Promise<boolean>
}

export const THIS_HOST: Host = {
  command: (program, args) => ({ program, args }),
  freePort,
  isListening: (_, at) => accepts(at),
}

export async function freePort(address: Ip): Promise<Port> {
  const listener = createServer()
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, address, resolve)
  })
  const bound = listener.address()
  await new Promise<void>((resolve) => {
    listener.close(() => resolve())
  })
  const free = typeof bound === 'object' && bound !== null ? toPort(bound.port) : undefined
  if (free === undefined) throw new Error(`no free port on ${address}`)
  return free
}

function accepts(at: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: at.address, port: at.port, timeout: 1_000 })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}
