/** The kernel data path in a kernel: three namespaces, real connections. */
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Pinhole } from '../../../../src/engine/nat/pinhole.ts'
import { endpoint, type Endpoint } from '../../../../src/net/endpoint.ts'
import { duration } from '../../../../src/net/instant.ts'
import { ip } from '../../../../src/net/ip.ts'
import { port } from '../../../../src/net/port.ts'
import type { DataEvent, DataPath } from '../../../../src/shell/data-path/data-path.ts'
import { createKernelDataPath } from '../../../../src/shell/data-path/kernel/kernel-data-path.ts'
import { ports } from '../../../support/rules.ts'
import { activePinhole, at, evaluator, pinhole, range, RULES } from './fixtures.ts'
import {
  CLIENT,
  CLIENT6,
  INSIDE6,
  Network,
  namespacesMissing,
  OUTSIDE,
  OUTSIDE6,
  SERVER,
  SERVER6,
} from './namespaces.ts'

type EventOf<Type extends DataEvent['type']> = Extract<DataEvent, { type: Type }>

const reason = namespacesMissing()

describe.skipIf(reason !== undefined)(
  `a kernel data path${reason ? ` (${reason})` : ''}`,
  { timeout: 30_000 },
  () => {
    let network: Network
    let path: DataPath
    let events: DataEvent[]
    const undo: (() => void)[] = []

    beforeAll(() => {
      network = new Network()
    })
    afterAll(() => {
      network.remove()
    })

    beforeEach(async () => {
      events = []
      path = await start()
    })
    afterEach(async () => {
      for (const step of undo.splice(0)) step()
      await stop()
      expect(network.run('firewall', 'nft', 'list', 'tables')).toBe('')
      expect(
        network.run('firewall', 'sysctl', '-n', 'net.netfilter.nf_conntrack_acct').trim(),
      ).toBe('0')
    })

    async function stop(): Promise<void> {
      await network.within('firewall', () => path.close())
    }

    async function start(text = RULES): Promise<DataPath> {
      return await network.within('firewall', () =>
        createKernelDataPath(
          (event) => {
            events.push(event)
            if (event.type === 'dataConnection')
              path.perform({ type: 'holdData', connection: event.connection })
          },
          { evaluator: evaluator(text) },
        ),
      )
    }

    function eventsOf<Type extends DataEvent['type']>(type: Type): EventOf<Type>[] {
      return events.filter((event): event is EventOf<Type> => event.type === type)
    }

    async function soon<Type extends DataEvent['type']>(type: Type): Promise<EventOf<Type>> {
      return await vi.waitFor(() => {
        const [event] = eventsOf(type)
        if (event === undefined) throw new Error(`no ${type}: ${JSON.stringify(events)}`)
        return event
      }, 5000)
    }

    async function open(wish: Pinhole): Promise<Pinhole> {
      path.perform({ type: 'openPinhole', pinhole: wish })
      const answer = await vi.waitFor(() => {
        const found = events.find((event) => 'pinhole' in event && event.pinhole === wish.id)
        if (found === undefined) throw new Error('no answer')
        return found
      })
      expect(answer.type).toBe('pinholeOpened')
      return wish
    }

    async function listen(host: 'client' | 'server', where: Endpoint) {
      const { server, arrivals } = await network.listen(host, where)
      undo.push(() => {
        for (const { socket } of arrivals) socket.destroy()
        server.close()
      })
      return arrivals
    }

    async function connected(...target: Parameters<Network['connect']>): Promise<Socket> {
      const socket = await network.connect(...target)
      if (typeof socket === 'string') throw new Error(socket)
      undo.push(() => socket.destroy())
      return socket
    }

    function elements(): string {
      const listing = network.run('firewall', 'nft', 'list', 'table', 'inet', 'portcullis')
      return listing
        .split('\n')
        .filter((line) => /elements = /.test(line))
        .join('\n')
    }

    test('leads a passive connection to the server, as the firewall, and tells of it', async () => {
      const arrivals = await listen('server', at('10.91.2.1:40000'))
      await open(pinhole())
      const socket = await connected('client', at('10.91.1.254:50000'))
      const passed = await soon('dataPassed')
      expect(passed).toMatchObject({
        local: at('10.91.1.254:50000'),
        peer: endpoint(CLIENT, port(socket.localPort ?? 0)),
      })
      expect(arrivals[0]?.peer.address).toBe('10.91.2.254')
      arrivals[0]?.socket.end(Buffer.alloc(100_000))
      socket.resume().once('end', () => socket.end())
      const ended = await soon('dataEnded')
      expect(ended.cause).toBe('end')
      expect(ended.toClientBytes).toBeGreaterThan(100_000)
      expect(ended.toClientPackets).toBeGreaterThan(2)
      expect(ended.toServerPackets).toBeGreaterThan(2)
      expect(ended.toServerBytes).toBeLessThan(ended.toClientBytes)
    })

    test('leads a passive IPv6 connection', async () => {
      const arrivals = await listen('server', endpoint(SERVER6, port(40_000)))
      const listening = endpoint(OUTSIDE6, port(50_000))
      await open(
        pinhole({
          peer: CLIENT6,
          listen: listening,
          dial: endpoint(SERVER6, port(40_000)),
          from: { address: INSIDE6, port: undefined },
        }),
      )
      await connected('client', listening)
      expect((await soon('dataPassed')).local).toEqual(listening)
      await vi.waitFor(() => expect(arrivals[0]?.peer.address).toBe(INSIDE6))
    })

    test('leads an active connection to the client, which sees port 20 of the firewall', async () => {
      const arrivals = await listen('client', at('10.91.1.1:41000'))
      await open(activePinhole())
      await connected('server', at('10.91.2.254:50001'), endpoint(SERVER, port(20)))
      expect(await soon('dataPassed')).toMatchObject({ peer: endpoint(SERVER, port(20)) })
      await vi.waitFor(() => expect(arrivals[0]?.peer).toEqual(endpoint(OUTSIDE, port(20))))
    })

    test('two active connections to one port of the client, one after the other', async () => {
      const arrivals = await listen('client', at('10.91.1.1:41000'))
      for (const index of [0, 1]) {
        const wish = activePinhole({ listen: at(`10.91.2.254:${50_001 + index}`) })
        await open(wish)
        const socket = await connected(
          'server',
          at(`10.91.2.254:${50_001 + index}`),
          endpoint(SERVER, port(20)),
        )
        await vi.waitFor(() => expect(arrivals).toHaveLength(index + 1))
        path.perform({ type: 'closePinhole', pinhole: wish })
        // The sender of a file closes first; it is the one whose port rests for a minute.
        arrivals[index]?.socket.resume().once('end', () => arrivals[index]?.socket.end())
        socket.resume().end()
        await vi.waitFor(() => expect(eventsOf('dataEnded')).toHaveLength(index + 1), 5000)
      }
    })

    test('lets nobody in from another source port', async () => {
      const arrivals = await listen('client', at('10.91.1.1:41000'))
      await open(activePinhole())
      expect(await network.connect('server', at('10.91.2.254:50001'))).toBe('no answer')
      expect(arrivals).toEqual([])
      expect((await soon('dataDenied')).peer.address).toBe(SERVER)
      expect(eventsOf('dataPassed')).toEqual([])
    })

    test('translates nothing where nothing differs', async () => {
      const arrivals = await listen('server', at('10.91.2.1:40000'))
      const dial = at('10.91.2.1:40000')
      await open(pinhole({ listen: dial, dial, from: { address: CLIENT, port: undefined } }))
      const socket = await connected('client', dial)
      await vi.waitFor(() =>
        expect(arrivals[0]?.peer).toEqual(endpoint(CLIENT, port(socket.localPort ?? 0))),
      )
    })

    test('lets in one connection and no second one', async () => {
      const arrivals = await listen('server', at('10.91.2.1:40000'))
      await open(pinhole())
      await connected('client', at('10.91.1.254:50000'))
      expect(await network.connect('client', at('10.91.1.254:50000'))).toBe('no answer')
      expect(arrivals).toHaveLength(1)
      expect(eventsOf('dataPassed')).toHaveLength(1)
      expect((await soon('dataDenied')).local).toEqual(at('10.91.2.1:40000'))
    })

    test('lets in only the peer', async () => {
      await listen('server', at('10.91.2.1:40000'))
      await open(pinhole({ peer: ip('10.91.1.2') }))
      expect(await network.connect('client', at('10.91.1.254:50000'))).toBe('ECONNREFUSED')
      expect(await soon('dataDenied')).toMatchObject({ local: at('10.91.1.254:50000') })
    })

    test('guards the servers that rules name, and nobody else', async () => {
      await listen('server', at('10.91.2.1:40000'))
      await listen('server', at('10.91.2.1:80'))
      expect(await network.connect('client', at('10.91.2.1:40000'))).toBe('no answer')
      await connected('client', at('10.91.2.1:80'))
      path.replaceRules(evaluator(RULES.replaceAll('10.91.2.1,', '10.91.2.7,')))
      await vi.waitFor(async () => {
        await connected('client', at('10.91.2.1:40000'))
      }, 5000)
    })

    test('closes what is not used', async () => {
      await listen('server', at('10.91.2.1:40000'))
      const unused = await open(pinhole())
      expect(elements().split('\n')).toHaveLength(4)
      path.perform({ type: 'closePinhole', pinhole: unused })
      await vi.waitFor(() => expect(elements()).toBe(''))
      expect(await network.connect('client', at('10.91.1.254:50000'))).toBe('ECONNREFUSED')
    })

    test('an established connection outlives its pinhole', async () => {
      const arrivals = await listen('server', at('10.91.2.1:40000'))
      const used = await open(pinhole())
      const socket = await connected('client', at('10.91.1.254:50000'))
      path.perform({ type: 'closePinhole', pinhole: used })
      await vi.waitFor(() => expect(elements()).toBe(''))
      arrivals[0]?.socket.write('still here')
      await vi.waitFor(() => expect(socket.read()?.toString()).toBe('still here'))
    })

    test('the kernel closes what nobody closes', async () => {
      await stop()
      path = await start(`${RULES}timeouts: { pinhole: 1s }\n`)
      await open(pinhole())
      expect(elements()).not.toBe('')
      await vi.waitFor(() => expect(elements()).toBe(''), 10_000)
    })

    test('ends a connection when told to, on both sides', async () => {
      const arrivals = await listen('server', at('10.91.2.1:40000'))
      const dial = at('10.91.2.1:40000')
      await open(pinhole({ listen: dial, dial, from: { address: CLIENT, port: undefined } }))
      const socket = await connected('client', dial)
      const { connection } = await soon('dataPassed')
      path.perform({ type: 'closeData', connection })
      expect(await soon('dataEnded')).toMatchObject({ connection, cause: 'closed' })
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.write('too late')
      await closed
      const other = arrivals[0]?.socket
      const alsoClosed = new Promise((resolve) => other?.once('close', resolve))
      other?.write('too late')
      await alsoClosed
    })

    test('ends a connection in which nothing moves', async () => {
      await listen('server', at('10.91.2.1:40000'))
      await open(pinhole())
      await connected('client', at('10.91.1.254:50000'))
      const { connection } = await soon('dataPassed')
      path.perform({ type: 'startData', connection, direction: 'to-client', idle: duration(300) })
      expect(await soon('dataEnded')).toMatchObject({ connection, cause: 'idle' })
    })

    test('a range lets its client to its server, and its server back from port 20', async () => {
      const arrivals = await listen('server', at('10.91.2.1:60007'))
      const client = await listen('client', at('10.91.1.1:42000'))
      const open = range()
      path.perform({ type: 'openRange', range: open })
      expect(await soon('rangeOpened')).toMatchObject({ range: open.id, missing: [] })
      await connected('client', at('10.91.1.254:60007'))
      await connected('client', at('10.91.1.254:60007'))
      await vi.waitFor(() => expect(arrivals).toHaveLength(2))
      expect(arrivals[0]?.peer.address).toBe('10.91.2.254')
      expect(await network.connect('server', at('10.91.1.1:42000'))).toBe('no answer')
      await connected('server', at('10.91.1.1:42000'), endpoint(SERVER, port(20)))
      await vi.waitFor(() => expect(client[0]?.peer).toEqual(endpoint(OUTSIDE, port(20))))
      await vi.waitFor(() => expect(eventsOf('dataPassed')).toHaveLength(3))
      path.perform({ type: 'closeRange', range: open })
      await vi.waitFor(() => expect(elements()).toBe(''))
      expect(await network.connect('client', at('10.91.1.254:60007'))).toBe('ECONNREFUSED')
    })

    test('source ports that no rule named get a set of their own', async () => {
      await listen('server', at('10.91.2.1:40000'))
      await open(pinhole({ fromPorts: [ports('2000-2999'), ports('30000-30999')] }))
      const from = endpoint(CLIENT, port(30_500))
      await connected('client', at('10.91.1.254:50000'), from)
      expect(await network.connect('client', at('10.91.1.254:50000'), at('10.91.1.1:2500'))).toBe(
        'no answer',
      )
    })

    test('what ends on the firewall itself is relayed', async () => {
      const own = pinhole({
        dial: at('127.0.0.1:40000'),
        from: { address: ip('127.0.0.1'), port: undefined },
      })
      await network.within('firewall', () => open(own))
      expect(elements()).toBe('')
      await connected('client', at('10.91.1.254:50000'))
      expect((await soon('dataConnection')).peer.address).toBe(CLIENT)
      expect(eventsOf('dataDenied')).toEqual([])
    })

    test('a second process in the namespace is refused', async () => {
      await expect(start()).rejects.toThrow('is in use by another Portcullis')
    })

    test('takes over the table that a killed process left, and no other', async () => {
      await stop()
      const left = 'table inet portcullis { set left { type ipv4_addr; }; }'
      network.run('firewall', 'nft', 'add table ip other')
      network.run('firewall', 'nft', left)
      path = await start()
      const listing = network.run('firewall', 'nft', 'list', 'ruleset')
      expect(listing).not.toContain('set left')
      expect(listing).toContain('set expected4')
      expect(listing).toContain('table ip other')
      await stop()
      expect(network.run('firewall', 'nft', 'list', 'tables').trim()).toBe('table ip other')
      network.run('firewall', 'nft', 'delete table ip other')
    })
  },
)
