/**
 * Three hosts in namespaces of their own: a client, a firewall that routes, and a server. The thread
 * of the test is on the firewall, where the code under test belongs.
 */
import { writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, onTestFinished, type TestContext } from 'vitest'
import { type Ip, type IpFamily, ip } from '../../../src/net/ip.ts'
import { Namespace, namespaceProblem } from '../../kernel/support/namespace.ts'

export interface Lab {
  readonly client: Namespace
  readonly firewall: Namespace
  readonly server: Namespace
}

/** By family: the firewall is `.1` on both sides. */
export const CLIENT: Readonly<Record<IpFamily, Ip>> = {
  4: ip('198.51.100.2'),
  6: ip('2001:db8:1::2'),
}
export const SERVER: Readonly<Record<IpFamily, Ip>> = {
  4: ip('203.0.113.2'),
  6: ip('2001:db8:2::2'),
}

/** Of the firewall, towards the client. */
export const GATEWAY: Readonly<Record<IpFamily, Ip>> = {
  4: ip('198.51.100.1'),
  6: ip('2001:db8:1::1'),
}

const problem = namespaceProblem()

/** Skips a test where namespaces cannot be made; on CI they have to be. */
export function requireNamespaces({ skip }: Pick<TestContext, 'skip'>): void {
  if (problem !== undefined && process.env['CI'] !== undefined) throw new Error(problem)
  skip(problem !== undefined, problem)
}

/** One laboratory for the tests of a file. */
export function useLab(): () => Lab {
  let lab: Lab | undefined
  beforeAll(() => {
    if (problem === undefined) lab = build()
  }, 60_000)
  afterAll(() => {
    if (lab !== undefined) for (const host of Object.values(lab)) (host as Namespace).remove()
  })
  return () => {
    if (lab === undefined) throw new Error('there is no laboratory')
    return lab
  }
}

/** Rules and routes of a host, without the link-local ones, which come by themselves some time later. */
export function routingOf(host: Namespace): string {
  return ['-4', '-6']
    .flatMap((family) => [
      host.run('ip', [family, 'rule', 'show']),
      host.run('ip', [family, 'route', 'show', 'table', 'all']),
    ])
    .join('')
    .replaceAll(/^.*fe80:.*\n/gm, '')
}

/** A server in `host` on every address; its connections are collected. */
export function serve(host: Namespace, port: number): { readonly sockets: readonly Socket[] } {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
  })
  host.listen(server, { port })
  onTestFinished(() => closeServer(server, sockets))
  return { sockets }
}

export function closeServer(server: Server, sockets: readonly Socket[]): void {
  server.close()
  for (const socket of sockets) socket.destroy()
}

function build(): Lab {
  const lab: Lab = {
    client: new Namespace('client'),
    firewall: new Namespace('firewall'),
    server: new Namespace('server'),
  }
  const { client, firewall, server } = lab
  for (const host of [client, firewall, server]) host.ip(['link set lo up'])
  firewall.ip([
    `link add c0 type veth peer name e0 netns ${client.name}`,
    `link add s0 type veth peer name e0 netns ${server.name}`,
  ])
  const sides = [
    { host: client, own: 'c0', addresses: CLIENT },
    { host: server, own: 's0', addresses: SERVER },
  ] as const
  for (const { host, own, addresses } of sides) {
    for (const family of [4, 6] as const) {
      const address = addresses[family]
      const ours = `${address.slice(0, -1)}1`
      const length = family === 4 ? 24 : 64
      const flags = family === 4 ? '' : ' nodad'
      firewall.ip([`addr add ${ours}/${length} dev ${own}${flags}`], family)
      host.ip([`addr add ${address}/${length} dev e0${flags}`], family)
    }
    firewall.ip([`link set ${own} up`])
    host.ip(['link set e0 up'])
    for (const family of [4, 6] as const)
      host.ip([`route add default via ${addresses[family].slice(0, -1)}1`], family)
  }
  firewall.enter()
  for (const path of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'])
    writeFileSync(`/proc/sys/net/${path}`, '1')
  return lab
}
