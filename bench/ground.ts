/** Where a peer is measured: three network namespaces, or without root three addresses of loopback. */
import { endpoint, type Endpoint } from '../src/net/endpoint.ts'
import { ip } from '../src/net/ip.ts'
import { port } from '../src/net/port.ts'
import { doorAddress, Lab, OUTSIDE, serverAddress } from '../test/kernel/support/lab.ts'
import type { Namespace } from '../test/kernel/support/namespace.ts'
import { type Host, THIS_HOST } from '../test/support/peers/host.ts'

export interface Ground {
  readonly client: Host
  readonly firewall: Host
  readonly serverHost: Host
  /** An address of the firewall towards clients, for those who listen. */
  readonly door: Endpoint
  readonly server: Endpoint
  /** An address of the firewall towards the server. */
  readonly outside: string
  /** Addresses that clients of many come from in turns. */
  readonly sources: readonly string[]
  /** Only where there are namespaces. */
  readonly lab: Lab | undefined
  readonly close: () => void
}

/** Thousands of short connections a second: ports come back at once, and backlogs are deep. */
const SETTINGS = [
  'net/ipv4/tcp_tw_reuse=1',
  'net/ipv4/tcp_max_tw_buckets=4096',
  'net/ipv4/tcp_fin_timeout=1',
  'net/ipv4/ip_local_port_range=10000 39999',
  'net/core/somaxconn=8192',
  'net/ipv4/tcp_max_syn_backlog=8192',
  'net/netfilter/nf_conntrack_tcp_timeout_time_wait=1',
  'net/netfilter/nf_conntrack_tcp_timeout_close=1',
  'net/netfilter/nf_conntrack_tcp_timeout_last_ack=1',
]
const LOOPBACK_PORT = port(2121)
const SOURCES = Array.from({ length: 32 }, (_, index) => 100 + index)

/** Needs root. One for each peer, so that none pays for what another does to its firewall. */
export function openNamespaces(): Ground {
  const lab = new Lab()
  try {
    for (const namespace of [lab.client, lab.firewall, lab.server]) prepare(namespace)
    const sources = SOURCES.map((last) => `10.77.1.${last}`)
    lab.client.ip(sources.map((address) => `address add ${address}/24 dev c0 noprefixroute`))
    return {
      client: lab.client,
      firewall: lab.firewall,
      serverHost: lab.server,
      door: endpoint(doorAddress(0, 4), port(21)),
      server: endpoint(serverAddress(0, 4), port(21)),
      outside: OUTSIDE[4],
      sources,
      lab,
      close: () => lab.close(),
    }
  } catch (error) {
    lab.close()
    throw error
  }
}

/** Addresses of its own for each `slot`, up to 250. */
export function openLoopback(slot: number): Ground {
  const outside = `127.77.1.${slot + 1}`
  return {
    client: THIS_HOST,
    firewall: THIS_HOST,
    serverHost: THIS_HOST,
    door: endpoint(ip(outside), LOOPBACK_PORT),
    server: endpoint(ip(`127.77.2.${slot + 1}`), LOOPBACK_PORT),
    outside,
    sources: SOURCES.map((last) => `127.77.3.${last}`),
    lab: undefined,
    close: () => undefined,
  }
}

function prepare(namespace: Namespace): void {
  const script = SETTINGS.map((setting) => {
    const [path, value] = setting.split('=')
    return `echo ${value} > /proc/sys/${path} || true`
  })
  namespace.run('sh', ['-c', script.join('\n')])
}
