/**
 * Client, firewall and server in network namespaces of their own, joined by veth, so that tests use
 * the real kernel and touch nothing of the host:
 *
 *     client 10.91.1.1, fd91:1::1 ── firewall .254, ::fe ── server 10.91.2.1, fd91:2::1
 *
 * A thread of Linux is in one network namespace; the sockets that it makes stay in the one in which
 * they were made. So a test enters a namespace, makes a socket, and leaves again.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { endpoint, type Endpoint } from '../../../../src/net/endpoint.ts'
import { type Ip, ip } from '../../../../src/net/ip.ts'
import { port } from '../../../../src/net/port.ts'
import { checked, library } from '../../../../src/shell/native/libc.ts'

const CLONE_NEWNET = 0x4000_0000

export type Host = 'client' | 'firewall' | 'server'

/** Why tests with namespaces cannot run here. In CI that is a failure, not a reason to skip. */
export function namespacesMissing(): string | undefined {
  if (process.env['CI'] === 'true') return undefined
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    execFileSync('ip', ['netns', 'list'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'needs iproute2'
  }
}

export const CLIENT: Ip = ip('10.91.1.1')
export const OUTSIDE: Ip = ip('10.91.1.254')
export const INSIDE: Ip = ip('10.91.2.254')
export const SERVER: Ip = ip('10.91.2.1')
export const CLIENT6: Ip = ip('fd91:1::1')
export const OUTSIDE6: Ip = ip('fd91:1::fe')
export const INSIDE6: Ip = ip('fd91:2::fe')
export const SERVER6: Ip = ip('fd91:2::1')

/** What somebody who connected got to see. */
export interface Arrival {
  readonly socket: Socket
  readonly peer: Endpoint
}

export class Network {
  static #made = 0
  readonly #prefix: string
  readonly #home: number

  constructor() {
    Network.#made += 1
    this.#prefix = `pc${process.pid}-${Network.#made}`
    this.#home = openSync('/proc/thread-self/ns/net', 'r')
    for (const host of ['client', 'firewall', 'server'] as const) {
      ipCommand('netns', 'add', this.name(host))
      this.run(host, 'ip', 'link', 'set', 'lo', 'up')
    }
    this.#join('client', 1)
    this.#join('server', 2)
    this.run('firewall', 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    this.run('firewall', 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
  }

  name(host: Host): string {
    return `${this.#prefix}-${host}`
  }

  /** Runs a program inside; returns what it prints. */
  run(host: Host, ...command: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name(host), ...command], { encoding: 'utf8' })
  }

  /** What is made before `step` ends belongs to `host`. */
  async within<T>(host: Host, step: () => T | Promise<T>): Promise<T> {
    const inside = openSync(`/run/netns/${this.name(host)}`, 'r')
    enter(inside)
    try {
      return await step()
    } finally {
      enter(this.#home)
      closeSync(inside)
    }
  }

  /** Waits for connections; `arrivals` grows with them. */
  async listen(
    host: Host,
    at: Endpoint,
  ): Promise<{ readonly server: Server; readonly arrivals: Arrival[] }> {
    const arrivals: Arrival[] = []
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {})
      const { remoteAddress = '', remotePort = 0 } = socket
      arrivals.push({ socket, peer: endpoint(ip(remoteAddress), port(remotePort)) })
    })
    await this.within(host, () => started(server, at))
    return { server, arrivals }
  }

  /** A connection, or why there is none. */
  async connect(
    host: Host,
    to: Endpoint,
    from?: Endpoint,
    patience = 1500,
  ): Promise<Socket | string> {
    return await this.within(
      host,
      () =>
        new Promise((resolve) => {
          const source =
            from === undefined ? {} : { localAddress: from.address, localPort: from.port }
          const socket = connect({ host: to.address, port: to.port, ...source })
          const timer = setTimeout(() => {
            socket.destroy()
            resolve('no answer')
          }, patience)
          socket.on('error', (error: NodeJS.ErrnoException) => {
            clearTimeout(timer)
            resolve(error.code ?? error.message)
          })
          socket.once('connect', () => {
            clearTimeout(timer)
            resolve(socket)
          })
        }),
    )
  }

  remove(): void {
    closeSync(this.#home)
    for (const host of ['client', 'firewall', 'server'] as const)
      ipCommand('netns', 'delete', this.name(host))
  }

  #join(host: 'client' | 'server', net: 1 | 2): void {
    const firewall = this.name('firewall')
    const link = `to-${host}`
    const peer = `name eth0 netns ${this.name(host)}`
    ipCommand(...`link add ${link} netns ${firewall} type veth peer ${peer}`.split(' '))
    this.#address('firewall', link, `10.91.${net}.254/24`, `fd91:${net}::fe/64`)
    this.#address(host, 'eth0', `10.91.${net}.1/24`, `fd91:${net}::1/64`)
    this.run(host, 'ip', 'route', 'add', 'default', 'via', `10.91.${net}.254`)
    this.run(host, 'ip', '-6', 'route', 'add', 'default', 'via', `fd91:${net}::fe`)
  }

  #address(host: Host, link: string, ...addresses: readonly string[]): void {
    for (const address of addresses)
      this.run(
        ...([host, 'ip', 'address', 'add', address, 'dev', link] as const),
        ...(address.includes(':') ? ['nodad'] : []),
      )
    this.run(host, 'ip', 'link', 'set', link, 'up')
  }
}

async function started(server: Server, at: Endpoint): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: at.address, port: at.port, ipv6Only: at.address.includes(':') }, resolve)
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no address')
  return bound
}

function ipCommand(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] })
}

function enter(descriptor: number): void {
  const setns = library('libc.so.6').func('int setns(int, int)')
  checked('setns', setns(descriptor, CLONE_NEWNET) as number)
}
