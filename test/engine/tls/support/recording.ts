/**
 * Records what two peers of `node:tls` say to each other over a pair of streams in memory: a
 * handshake, CCC and its answer, and the close_notify of both sides.
 */
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { TlsSide } from '../../../../src/engine/tls/fact.ts'
import type { Identity } from './identities.ts'

/** What one side wrote at once. */
export interface Said {
  readonly side: TlsSide
  readonly bytes: Uint8Array
}

export interface RecordingOptions {
  readonly identity: Identity
  readonly version?: 'TLSv1.2' | 'TLSv1.3'
  readonly server?: tls.SecureContextOptions & { ALPNProtocols?: string[]; requestCert?: boolean }
  readonly client?: tls.ConnectionOptions
  /** Shared by several recordings, so that the second can resume the first. */
  readonly context?: tls.SecureContext
}

export interface Recording {
  readonly said: readonly Said[]
  /** For resuming. */
  readonly session?: Buffer
  readonly protocol: string | null
}

class End extends Duplex {
  readonly #side: TlsSide
  readonly #said: Said[]
  other: End | undefined

  constructor(side: TlsSide, said: Said[]) {
    super()
    this.#side = side
    this.#said = said
  }

  override _read(): void {
    // Bytes are pushed by the other end.
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#said.push({ side: this.#side, bytes: Uint8Array.from(bytes) })
    this.other?.push(Buffer.from(bytes))
    done()
  }

  override _final(done: () => void): void {
    done()
  }
}

export function serverContext(identity: Identity, version?: tls.SecureVersion): tls.SecureContext {
  return tls.createSecureContext({ ...identity, ...versions(version) })
}

function versions(version: tls.SecureVersion | undefined): tls.SecureContextOptions {
  return version === undefined ? {} : { minVersion: version, maxVersion: version }
}

export async function recordTls(options: RecordingOptions): Promise<Recording> {
  const said: Said[] = []
  const clientEnd = new End('client', said)
  const serverEnd = new End('server', said)
  clientEnd.other = serverEnd
  serverEnd.other = clientEnd
  const secureContext =
    options.context ??
    tls.createSecureContext({
      ...options.identity,
      ...versions(options.version),
      ...options.server,
    })
  const server = new tls.TLSSocket(serverEnd, { ...options.server, isServer: true, secureContext })
  const client = tls.connect({
    rejectUnauthorized: false,
    ...versions(options.version),
    ...options.client,
    socket: clientEnd,
  })
  let session: Buffer | undefined
  client.on('session', (ticket) => {
    session = ticket
  })
  await Promise.all([once(client, 'secureConnect'), once(server, 'secure')])
  client.write('CCC\r\n')
  await once(server, 'data')
  server.write('200 Control connection in clear text\r\n')
  await once(client, 'data')
  server.end()
  await once(client, 'end')
  client.end()
  const protocol = client.getProtocol()
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  return { said, protocol, ...(session === undefined ? {} : { session }) }
}

/** The same, with `text` in the segment of the last bytes of `side`. */
export function thenClear(said: readonly Said[], side: TlsSide, text: string): readonly Said[] {
  const last = said.findLastIndex((chunk) => chunk.side === side)
  return said.map((chunk, index) =>
    index === last ? { side, bytes: Buffer.concat([chunk.bytes, Buffer.from(text)]) } : chunk,
  )
}

/** What one side said, in one piece. */
export function bytesOf(said: readonly Said[], side: TlsSide): Buffer {
  return Buffer.concat(said.filter((chunk) => chunk.side === side).map((chunk) => chunk.bytes))
}
