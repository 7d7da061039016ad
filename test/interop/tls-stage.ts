/** The servers that the TLS cells of one kind share, and the one proxy before all of them. */
import { type Ip, ip } from '../../src/net/ip.ts'
import type { TlsClientKind } from '../support/peers/tls-client.ts'
import {
  type RunningTlsServer,
  type TlsBeginning,
  type TlsServerKind,
  startTlsServer,
  tlsServerProblem,
} from '../support/peers/tls/tls-server.ts'
import {
  type TlsProxyProcess,
  startTlsProxy,
  tlsProxyProblem,
} from '../support/tls-proxy-process.ts'
import type { Way } from './cell.ts'
import { type Served, serveFiles } from './files.ts'
import { loopbackSource } from './front.ts'
import type { TlsCell } from './tls-cell.ts'
import type { TlsLaboratory } from './tls-matrix.ts'

const SERVER_ADDRESS: Ip = ip('127.0.0.2')
/**
 * A client that goes by an address of its own past the proxy, to the server, is refused there: data
 * must come from the peer of the control connection, and that is the proxy.
 */
const PROXY_ADDRESS: Ip = ip('127.0.0.3')

/** One server process of a stage. */
interface Variant {
  readonly begins: TlsBeginning
  /** Whether its 227 names the proxy: nobody else can see to that in an opaque session. */
  readonly namesProxy: boolean
}

interface Actor {
  readonly variant: Variant
  readonly server: RunningTlsServer
  readonly served: Served
}

export class TlsStage {
  readonly #kind: TlsServerKind
  readonly #begins: readonly TlsBeginning[]
  readonly #actors: Actor[] = []
  #proxy: TlsProxyProcess | undefined

  constructor(kind: TlsServerKind, begins: readonly TlsBeginning[] = kind.begins) {
    this.#kind = kind
    this.#begins = begins
  }

  /** Starts what can be started; the tests say what is missing. */
  async open(): Promise<void> {
    if (tlsServerProblem(this.#kind) !== undefined) return
    const hasProxy = tlsProxyProblem() === undefined
    for (const variant of variantsOf(this.#begins, hasProxy)) {
      const server = await startTlsServer(this.#kind, SERVER_ADDRESS, {
        begins: variant.begins,
        requiresReuse: this.#kind.canRequireReuse,
        ...(variant.namesProxy ? { announcedAddress: PROXY_ADDRESS } : {}),
      })
      this.#actors.push({ variant, server, served: await serveFiles(server.root) })
    }
    if (!hasProxy) return
    const doors = this.#actors.map(({ variant, server }) => ({
      server: server.endpoint,
      tls: variant.begins,
      serverPassivePorts: server.passivePorts,
    }))
    this.#proxy = await startTlsProxy(PROXY_ADDRESS, doors)
  }

  laboratory(
    { security }: Pick<TlsCell, 'security'>,
    client: Pick<TlsClientKind, 'heedsPassiveAddress'>,
    way: Way,
  ): TlsLaboratory {
    const begins: TlsBeginning = security === 'implicit' ? 'implicit' : 'explicit'
    const namesProxy = way === 'proxy' && security !== 'ccc' && client.heedsPassiveAddress
    const index = this.#actors.findIndex(
      ({ variant }) => variant.begins === begins && variant.namesProxy === namesProxy,
    )
    const actor = this.#actors[index]
    const at = way === 'direct' ? actor?.server.endpoint : this.#proxy?.endpoints[index]
    if (actor === undefined || at === undefined) throw new Error('nothing was started')
    const stop = (): Promise<void> => Promise.resolve()
    return {
      server: actor.server,
      served: actor.served,
      front: { endpoint: at, source: loopbackSource(at), stop },
    }
  }

  /** Everything is stopped, then the proxy is reported if it did not last. */
  async close(): Promise<void> {
    const outcomes = await Promise.allSettled([
      this.#proxy?.stop(),
      ...this.#actors.map(({ server }) => server.stop()),
    ])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
}

function variantsOf(begins: readonly TlsBeginning[], hasProxy: boolean): readonly Variant[] {
  return begins.flatMap((beginning) =>
    (hasProxy ? [false, true] : [false]).map((namesProxy) => ({ begins: beginning, namesProxy })),
  )
}
