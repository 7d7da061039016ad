/** Intercepted connections through three hosts: the kernel does what the plan says. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Ruleset,
} from '../../../src/engine/rules/ruleset.ts'
import { type Endpoint, endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip, type IpFamily } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { startConnecting } from '../../../src/shell/connect-server.ts'
import { installInterception } from '../../../src/shell/intercept/installation.ts'
import { runIp } from '../../../src/shell/intercept/ip-command.ts'
import { originalOf } from '../../../src/shell/intercept/original.ts'
import { planInterception } from '../../../src/shell/intercept/plan.ts'
import { listen } from '../../../src/shell/listen.ts'
import { Nftables } from '../../../src/shell/native/nftables.ts'
import { localEnd, peerEnd } from '../../../src/shell/socket-end.ts'
import { CLIENT, closeServer, GATEWAY, requireNamespaces, SERVER, serve, useLab } from './lab.ts'

const lab = useLab()
beforeEach(requireNamespaces)
const FAMILIES: readonly IpFamily[] = [4, 6]
const ANY: Readonly<Record<IpFamily, string>> = { 4: '0.0.0.0', 6: '::' }

interface Accepted {
  readonly socket: Socket
  readonly original: Endpoint | undefined
}

describe.each(FAMILIES)('IPv%i', (family) => {
  test.each(['redirect', 'tproxy'] as const)('%s: the original destination', async (intercept) => {
    const proxy = await startListening({ intercept, listen: any(family) })
    const accepted = proxy.next()
    connectClient(SERVER[family], 21)
    expect((await accepted).original).toEqual(endpoint(SERVER[family], port(21)))
  })

  test('redirect to one address of the firewall', async () => {
    const where = endpoint(GATEWAY[family], port(2121))
    const proxy = await startListening({ intercept: 'redirect', listen: where })
    const accepted = proxy.next()
    connectClient(SERVER[family], 21)
    expect((await accepted).original).toEqual(endpoint(SERVER[family], port(21)))
  })

  test.each(['redirect', 'tproxy'] as const)(
    '%s: who comes to the listener itself meant nobody else',
    async (intercept) => {
      const proxy = await startListening({ intercept, listen: any(family) })
      const accepted = proxy.next()
      connectClient(GATEWAY[family], 2121)
      expect((await accepted).original).toBeUndefined()
    },
  )

  test('tproxy: other connections through the firewall are left alone, whatever their port', async () => {
    const behind = serve(lab().server, 2121)
    const proxy = await startListening({ intercept: 'tproxy', listen: any(family) })
    const socket = connectClient(SERVER[family], 2121)
    await once(socket, 'connect')
    await until(() => behind.sockets.length === 1)
    expect(proxy.count()).toBe(0)
  })

  test.each(['redirect', 'tproxy'] as const)(
    '%s with the client address kept: the server sees the client, and its answer comes to us',
    async (intercept) => {
      const behind = serve(lab().server, 21)
      const proxy = await startListening({
        intercept,
        listen: any(family),
        keepClientAddress: true,
      })
      const accepted = proxy.next()
      const socket = connectClient(SERVER[family], 21)
      const { socket: leg, original } = await accepted
      const client = peerEnd(leg)
      if (original === undefined || client === undefined) throw new Error('not intercepted')
      const toServer = startConnecting(original, { type: 'client', client })
      onTestFinished(() => void toServer.destroy())
      await once(toServer, 'connect')
      await until(() => behind.sockets.length === 1)
      const [seen] = behind.sockets
      if (seen === undefined) throw new Error('nobody came')
      const end = peerEnd(seen)
      expect(end?.address).toBe(CLIENT[family])
      expect(end?.port).not.toBe(client.port)
      expect(end).toEqual(localEnd(toServer))
      seen.write('220 hello\r\n')
      const [greeting] = (await once(toServer, 'data')) as [Buffer]
      leg.write(greeting)
      const [told] = (await once(socket, 'data')) as [Buffer]
      expect(told.toString()).toBe('220 hello\r\n')
    },
  )
})

/** As docs/operations.md has it for a host that lets in nothing by itself. */
const STRICT = `table inet strict {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    meta l4proto ipv6-icmp accept
    tcp dport 2121 ct status dnat accept
    meta mark and 0x00100000 != 0 accept
    tcp dport 2121 reject with tcp reset
  }
}
`

const COUNTING = `table inet counting {
  counter arrived { }
  counter forwarded { }
  chain arriving {
    type filter hook prerouting priority raw;
    tcp dport 21 counter name arrived
  }
  chain forwarding {
    type filter hook forward priority filter;
    tcp dport 21 counter name forwarded
  }
}
`

function packets(counter: string): number {
  const shown = lab().firewall.run('nft', ['list', 'counter', 'inet', 'counting', counter])
  return Number(/packets (\d+)/.exec(shown)?.[1])
}

describe.each(['redirect', 'tproxy'] as const)('%s', (intercept) => {
  test.each(FAMILIES)('beside rules that let in nothing else, IPv%i', async (family) => {
    lab().firewall.nft(STRICT)
    onTestFinished(() => void lab().firewall.nft('delete table inet strict\n'))
    const behind = serve(lab().server, 21)
    const proxy = await startListening({ intercept, listen: any(family), keepClientAddress: true })
    const accepted = proxy.next()
    connectClient(SERVER[family], 21)
    const { socket, original } = await accepted
    const client = peerEnd(socket)
    if (original === undefined || client === undefined) throw new Error('not intercepted')
    const toServer = startConnecting(original, { type: 'client', client })
    onTestFinished(() => void toServer.destroy())
    await once(toServer, 'connect')
    await until(() => behind.sockets.length === 1)
    const direct = lab().client.connect({ host: GATEWAY[family], port: 2121 })
    await expect(once(direct, 'connect')).rejects.toThrow('ECONNREFUSED')
  })

  test.each(FAMILIES)('after the process was killed nobody gets past it, IPv%i', async (family) => {
    const behind = serve(lab().server, 21)
    const proxy = await startListening({ intercept, listen: any(family) })
    await proxy.stopListening()
    const { firewall, client } = lab()
    firewall.nft(COUNTING)
    onTestFinished(() => void firewall.nft('delete table inet counting\n'))
    const socket = client.connect({ host: SERVER[family], port: 21 })
    onTestFinished(() => void socket.destroy())
    let isRefused = false
    socket.once('error', () => {
      isRefused = true
    })
    // TPROXY drops in IPv4: nobody may answer for the server there. A second SYN follows the first.
    await until(() => isRefused || packets('arrived') > 1)
    expect(packets('forwarded')).toBe(0)
    expect(behind.sockets).toEqual([])
  })
})

test('only interfaces that are named', async () => {
  const behind = serve(lab().server, 21)
  const change = { intercept: 'redirect', interceptInterfaces: ['s0'], listen: any(4) } as const
  const proxy = await startListening(change)
  connectClient(SERVER[4], 21)
  await until(() => behind.sockets.length === 1)
  expect(proxy.count()).toBe(0)
})

test('a listener for both families', async () => {
  const proxy = await startListening({ intercept: 'tproxy', listen: any(6) })
  const accepted = proxy.next()
  connectClient(SERVER[4], 21)
  expect((await accepted).original).toEqual(endpoint(SERVER[4], port(21)))
})

/** Listens on the firewall, and leads connections there until the test is over. */
async function startListening(change: Partial<Listener>): Promise<{
  readonly next: () => Promise<Accepted>
  readonly count: () => number
  readonly stopListening: () => Promise<void>
}> {
  const ruleset = rulesetOf(change)
  const [listener] = ruleset.listeners
  const plan = planInterception(ruleset)
  if (listener === undefined || plan === undefined) throw new Error('nothing to intercept')
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
  await listen(server, listener)
  const nft = Nftables.open()
  const installation = installInterception(plan, { nft, runIp })
  onTestFinished(() => {
    expect(installation.remove()).toEqual([])
    nft.close()
    closeServer(server, sockets)
  })
  return {
    count: () => sockets.length,
    stopListening: () => new Promise((resolve) => void server.close(() => resolve())),
    next: async () => {
      const [socket] = (await once(server, 'connection')) as [Socket]
      const local = localEnd(socket)
      if (local === undefined) throw new Error('gone already')
      return { socket, original: originalOf(listener, socket, local) }
    },
  }
}

function rulesetOf(change: Partial<Listener>): Ruleset {
  const listenAt = change.listen ?? any(4)
  const ruleset = frontDoor({ listen: listenAt, server: endpoint(SERVER[4], port(21)) })
  const listeners = ruleset.listeners.map(
    (listener): Listener => ({
      ...listener,
      server: ORIGINAL_DESTINATION,
      ...change,
    }),
  )
  return { ...ruleset, dataPath: 'kernel', listeners }
}

function any(family: IpFamily): Endpoint {
  return endpoint(ip(ANY[family]), port(2121))
}

function connectClient(host: string, to: number): Socket {
  const socket = lab().client.connect({ host, port: to })
  socket.on('error', (error) => {
    throw new Error(
      `the client of ${formatEndpoint(endpoint(ip(host), port(to)))}: ${error.message}`,
    )
  })
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Waits for a condition, for ten seconds at the most. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; turns < 1000 && !isTrue(); turns++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isTrue()).toBe(true)
}
