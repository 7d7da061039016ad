/**
 * Three hosts in a row, each a network namespace: a client, a firewall that routes, and servers.
 *
 *     client ─── c0   f0 ─── firewall ─── f1   s0 ─── server
 *       10.77.1.2  10.77.1.1            10.77.2.1  10.77.2.11 …
 *       fd77:1::2  fd77:1::1            fd77:2::1  fd77:2::11 …
 *
 * The firewall has addresses 10.77.1.11 … of its own towards the client, one for each server, for
 * front doors. A second pair of links, which are slow, takes some packets when they are to arrive
 * out of order.
 */
import { writeFileSync } from 'node:fs'
import { type Ip, type IpFamily, ip } from '../../../src/net/ip.ts'
import { Namespace, sweepNamespaces } from './namespace.ts'

export interface LabOptions {
  /** Without it the server does not know the way to the client's network. Default: it does. */
  readonly serverKnowsClient?: boolean
  /** The largest segment that each host asks the others for. Default: what the links carry. */
  readonly mss?: number
  /** Of a hundred packets that the client and the server receive, so many are lost. */
  readonly lossPercent?: number
  /** Of a hundred packets that the client and the server send, so many are overtaken. */
  readonly reorderPercent?: number
}

/** How many servers, and front doors before them, there is room for. */
export const SLOTS = 16
const FIRST_SLOT = 11

export const CLIENT: Readonly<Record<IpFamily, Ip>> = { 4: ip('10.77.1.2'), 6: ip('fd77:1::2') }
/** Another host in the client's network. */
export const STRANGER: Readonly<Record<IpFamily, Ip>> = { 4: ip('10.77.1.66'), 6: ip('fd77:1::66') }
/** The firewall's own addresses on its two sides. */
export const INSIDE: Readonly<Record<IpFamily, Ip>> = { 4: ip('10.77.1.1'), 6: ip('fd77:1::1') }
export const OUTSIDE: Readonly<Record<IpFamily, Ip>> = { 4: ip('10.77.2.1'), 6: ip('fd77:2::1') }
export const CLIENT_NETWORK: Readonly<Record<IpFamily, string>> = {
  4: '10.77.1.0/24',
  6: 'fd77:1::/64',
}
export const SERVER_NETWORK: Readonly<Record<IpFamily, string>> = {
  4: '10.77.2.0/24',
  6: 'fd77:2::/64',
}

export function serverAddress(slot: number, family: IpFamily): Ip {
  return ip(family === 4 ? `10.77.2.${FIRST_SLOT + slot}` : `fd77:2::${FIRST_SLOT + slot}`)
}

/** Where the front door before the server of this slot is. */
export function doorAddress(slot: number, family: IpFamily): Ip {
  return ip(family === 4 ? `10.77.1.${FIRST_SLOT + slot}` : `fd77:1::${FIRST_SLOT + slot}`)
}

const slots: readonly number[] = Array.from({ length: SLOTS }, (_, slot) => slot)
/** Routes packets to the slow links. */
const OVERTAKEN_MARK = 7

export class Lab {
  readonly client: Namespace
  readonly firewall: Namespace
  readonly server: Namespace
  readonly #all: Namespace[] = []

  constructor(options: LabOptions = {}) {
    sweepNamespaces()
    this.client = this.#make('c')
    this.firewall = this.#make('f')
    this.server = this.#make('s')
    try {
      this.#link()
      this.#address()
      this.#route(options)
      // One packet for each segment: links between namespaces would carry many at once.
      if (Object.keys(options).some((name) => name !== 'serverKnowsClient')) this.#segment()
      if (options.lossPercent !== undefined) this.#lose(options.lossPercent)
      if (options.reorderPercent !== undefined) this.#reorder(options.reorderPercent)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Removes all three, and with them every link, address, route and table. */
  close(): void {
    for (const namespace of this.#all.splice(0)) namespace.remove()
  }

  #make(role: string): Namespace {
    const namespace = new Namespace(role)
    this.#all.push(namespace)
    return namespace
  }

  #link(): void {
    for (const namespace of this.#all)
      setKernel(namespace, {
        // Addresses are ready at once: nobody else could have them.
        'ipv6/conf/default/accept_dad': 0,
        'ipv6/conf/default/accept_ra': 0,
        // A host may answer by another way than packets come.
        'ipv4/conf/all/rp_filter': 0,
        'ipv4/conf/default/rp_filter': 0,
      })
    const { client, firewall, server } = this
    client.ip([
      'link set lo up',
      `link add c0 type veth peer name f0 netns ${firewall.name}`,
      `link add c1 type veth peer name f2 netns ${firewall.name}`,
      'link set c0 up',
      'link set c1 up',
    ])
    server.ip([
      'link set lo up',
      `link add s0 type veth peer name f1 netns ${firewall.name}`,
      `link add s1 type veth peer name f3 netns ${firewall.name}`,
      'link set s0 up',
      'link set s1 up',
    ])
    firewall.ip(['link set lo up', ...[0, 1, 2, 3].map((index) => `link set f${index} up`)])
    // vsftpd connects from port 20 with an account that may not.
    setKernel(server, { 'ipv4/ip_unprivileged_port_start': 0 })
    setKernel(firewall, { 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 })
  }

  #address(): void {
    // Routes are made below: of those that come with addresses there would be one for each.
    const add = (address: Ip, device: string, family: IpFamily): string =>
      family === 4
        ? `address add ${address}/24 dev ${device} noprefixroute`
        : `address add ${address}/64 dev ${device} nodad noprefixroute`
    for (const family of [4, 6] as const) {
      this.client.ip(
        [CLIENT, STRANGER].map((address) => add(address[family], 'c0', family)),
        family,
      )
      this.firewall.ip(
        [
          add(INSIDE[family], 'f0', family),
          add(OUTSIDE[family], 'f1', family),
          ...slots.map((slot) => add(doorAddress(slot, family), 'f0', family)),
        ],
        family,
      )
      this.server.ip(
        slots.map((slot) => add(serverAddress(slot, family), 's0', family)),
        family,
      )
    }
  }

  #route({ serverKnowsClient = true, mss }: LabOptions): void {
    const segment = mss === undefined ? '' : ` advmss ${mss}`
    for (const family of [4, 6] as const) {
      const [near, far] = [CLIENT_NETWORK[family], SERVER_NETWORK[family]]
      const route = (target: string, way: string): string =>
        `route replace ${target} ${way}${segment}`
      this.client.ip(
        [
          route(near, `dev c0 src ${CLIENT[family]}`),
          route(far, `via ${INSIDE[family]} src ${CLIENT[family]}`),
        ],
        family,
      )
      this.server.ip(
        [
          route(far, `dev s0 src ${serverAddress(0, family)}`),
          ...(serverKnowsClient ? [route(near, `via ${OUTSIDE[family]}`)] : []),
        ],
        family,
      )
      this.firewall.ip(
        [route(near, `dev f0 src ${INSIDE[family]}`), route(far, `dev f1 src ${OUTSIDE[family]}`)],
        family,
      )
    }
  }

  #segment(): void {
    for (const [host, devices] of [
      [this.client, ['c0', 'c1']],
      [this.firewall, ['f0', 'f1', 'f2', 'f3']],
      [this.server, ['s0', 's1']],
    ] as const)
      host.ip(devices.map((device) => `link set ${device} gso_max_segs 1`))
  }

  #lose(percent: number): void {
    for (const host of [this.client, this.server])
      host.nft(`table inet lab_loss {
        chain received {
          type filter hook input priority 0;
          numgen random mod 100 < ${percent} drop
        }
      }`)
  }

  /** The slow links let a packet through every few milliseconds: others overtake it. */
  #reorder(percent: number): void {
    const link = { 4: 'onlink', 6: '' } as const
    for (const [host, slow, near, inside] of [
      [this.client, 'c1', 'f2', INSIDE[4]],
      [this.server, 's1', 'f3', OUTSIDE[4]],
    ] as const) {
      // IPv4 hosts answer on every link for all their addresses; IPv6 ones want to be asked by name.
      this.firewall.ip([`address add fe80::1/64 dev ${near} nodad`], 6)
      host.nft(`table inet lab_reorder {
        chain sent {
          type route hook output priority mangle;
          tcp flags & (syn | rst) == 0 numgen random mod 100 < ${percent} meta mark set ${OVERTAKEN_MARK}
        }
      }`)
      host.run('tc', `qdisc add dev ${slow} root tbf rate 4mbit burst 1600 limit 200000`.split(' '))
      for (const family of [4, 6] as const) {
        const gateway = family === 4 ? inside : 'fe80::1'
        const table = `table ${OVERTAKEN_MARK}`
        host.ip(
          [
            `rule add fwmark ${OVERTAKEN_MARK} lookup ${OVERTAKEN_MARK}`,
            `route add default via ${gateway} dev ${slow} ${link[family]} ${table}`,
          ],
          family,
        )
      }
    }
  }
}

/** Writes sysctls, given below /proc/sys/net. */
export function setKernel(
  namespace: Namespace,
  settings: Readonly<Record<string, string | number>>,
): void {
  namespace.within(() => {
    for (const [name, value] of Object.entries(settings))
      writeFileSync(`/proc/sys/net/${name}`, `${value}`)
  })
}
