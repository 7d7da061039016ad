/** Three namespaces, a fake server in one, and a peer in the middle. */
import { endpoint } from '../src/net/endpoint.ts'
import { port } from '../src/net/port.ts'
import { doorAddress, Lab, serverAddress } from '../test/kernel/support/lab.ts'
import type { Namespace } from '../test/kernel/support/namespace.ts'
import type { Load, Target } from './load/load.ts'
import { openDirectory, type Peer, type RunningPeer } from './peers/peer.ts'

export interface BenchStage {
  readonly peer: Peer
  readonly running: RunningPeer
  /** What the load generator is pointed at, from the client's namespace. */
  readonly target: Target
  readonly close: () => Promise<void>
}

/** One for each peer, so that none pays for what another does to its firewall. */
export async function openBenchStage(peer: Peer, load: Load): Promise<BenchStage> {
  const stops: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  }
  try {
    const lab = new Lab()
    stops.push(() => Promise.resolve(lab.close()))
    for (const namespace of [lab.client, lab.firewall, lab.server]) prepare(namespace)
    const directory = await openDirectory()
    stops.push(directory.remove)
    const [server, door] = [serverAddress(0, 4), doorAddress(0, 4)].map((address) =>
      endpoint(address, port(21)),
    )
    if (server === undefined || door === undefined) throw new Error('no addresses')
    stops.push(
      await load.serve(lab.server, server, (peer.announces === 'door' ? door : server).address),
    )
    const running = await peer.start({ lab, door, server, directory: directory.path })
    stops.push(running.stop)
    const target = { host: lab.client, target: running.target, user: running.user }
    return { peer, running, target, close }
  } catch (error) {
    await close()
    throw new Error(`${peer.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Thousands of short connections a second: ports come back at once, and backlogs are deep. */
function prepare(namespace: Namespace): void {
  const settings = [
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
  const script = settings.map((setting) => {
    const [path, value] = setting.split('=')
    return `echo ${value} > /proc/sys/${path} || true`
  })
  namespace.run('sh', ['-c', script.join('\n')])
}
