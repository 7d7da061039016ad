/**
 * The TCP connections of a capture, by their two ends. Looking one up makes no garbage: it happens
 * for every packet.
 */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { toPort } from '../../net/port.ts'
import type { DialogueSide } from './tcp-dialogue.ts'
import { addressOf, TCP_FLAGS, type TcpSegment } from './tcp-segment.ts'
import { seqAdd, seqDifference } from './tcp-stream.ts'

interface End {
  readonly words: Uint32Array
  readonly port: number
}

/** `T` is what its owner knows about a connection. */
export class Connection<T> {
  readonly isIpv6: boolean
  readonly ends: readonly [End, End]
  readonly key: number
  owner: T
  lastSeen: number
  /** Where each direction began, and how far it has got, whatever was captured of it. */
  readonly #begins: [number, number] = [-1, -1]
  readonly #reached: [number, number] = [-1, -1]
  readonly #hasFin: [boolean, boolean] = [false, false]
  #synSeq: number | undefined
  #isReset = false
  #hasSynAck = false
  #hasData = false

  /** A connection of which `segment` is the first packet seen; side 0 is who opened it. */
  constructor(segment: TcpSegment, owner: T) {
    const source = { words: segment.source.slice(), port: segment.sourcePort }
    const destination = { words: segment.destination.slice(), port: segment.destinationPort }
    this.isIpv6 = segment.isIpv6
    this.ends = isAnswer(segment) ? [destination, source] : [source, destination]
    this.key = connectionKey(segment)
    this.owner = owner
    this.lastSeen = segment.time
  }

  /** Whether the capture has its beginning. */
  get isFromStart(): boolean {
    return this.#synSeq !== undefined || this.#hasSynAck
  }

  /** Both sides agreed to it, as far as can be seen. */
  get isEstablished(): boolean {
    return this.#hasSynAck || this.#hasData
  }

  get isReset(): boolean {
    return this.#isReset
  }

  get isEnded(): boolean {
    return this.#isReset || (this.#hasFin[0] && this.#hasFin[1])
  }

  /** Payload bytes that went from a side, sent once or more often. */
  bytesFrom(side: DialogueSide): number {
    const bytes = seqDifference(this.#reached[side], this.#begins[side])
    return this.#begins[side] === -1 ? 0 : bytes >>> 0
  }

  end(side: DialogueSide): Endpoint | undefined {
    const { words, port } = this.ends[side]
    const number = toPort(port)
    return number === undefined ? undefined : endpoint(addressOf(words, this.isIpv6), number)
  }

  /** Which side sent `segment`; `undefined`: it is of another connection. */
  sideOf(segment: TcpSegment): DialogueSide | undefined {
    if (segment.isIpv6 !== this.isIpv6) return undefined
    const [a, b] = this.ends
    if (isEnd(a, segment.source, segment.sourcePort))
      return isEnd(b, segment.destination, segment.destinationPort) ? 0 : undefined
    return isEnd(b, segment.source, segment.sourcePort) &&
      isEnd(a, segment.destination, segment.destinationPort)
      ? 1
      : undefined
  }

  /** Whether `segment` opens a new connection between the same ends. */
  isReplacedBy({ flags, seq }: TcpSegment): boolean {
    const isOpening = (flags & (TCP_FLAGS.syn | TCP_FLAGS.ack)) === TCP_FLAGS.syn
    return isOpening && this.#synSeq !== seq && (this.#synSeq !== undefined || this.isEnded)
  }

  /** Notes what the header of a segment says. */
  account(segment: TcpSegment, side: DialogueSide): void {
    const { flags, length } = segment
    this.lastSeen = segment.time
    const isSyn = (flags & TCP_FLAGS.syn) !== 0
    if (isSyn && (flags & TCP_FLAGS.ack) !== 0) this.#hasSynAck = true
    else if (isSyn) this.#synSeq ??= segment.seq
    if ((flags & TCP_FLAGS.rst) !== 0) {
      this.#isReset = true
      return
    }
    const from = isSyn ? seqAdd(segment.seq, 1) : segment.seq
    if (this.#begins[side] === -1) {
      this.#begins[side] = from
      this.#reached[side] = from
    }
    if (length > 0) {
      this.#hasData = true
      const to = seqAdd(from, length)
      if (seqDifference(to, this.#reached[side]) > 0) this.#reached[side] = to
    }
    if ((flags & TCP_FLAGS.fin) !== 0) this.#hasFin[side] = true
  }
}

export class ConnectionTable<T> {
  readonly #connections = new Map<number, Connection<T>[]>()
  #size = 0
  #side: DialogueSide = 0

  get size(): number {
    return this.#size
  }

  /** Which side sent the segment that was looked up last. */
  get side(): DialogueSide {
    return this.#side
  }

  find(segment: TcpSegment): Connection<T> | undefined {
    const sharing = this.#connections.get(connectionKey(segment))
    if (sharing === undefined) return undefined
    for (const connection of sharing) {
      const side = connection.sideOf(segment)
      if (side === undefined) continue
      this.#side = side
      return connection
    }
    return undefined
  }

  add(connection: Connection<T>, segment: TcpSegment): void {
    const sharing = this.#connections.get(connection.key)
    if (sharing === undefined) this.#connections.set(connection.key, [connection])
    else sharing.push(connection)
    this.#size += 1
    this.#side = connection.sideOf(segment) ?? 0
  }

  remove(connection: Connection<T>): void {
    const sharing = this.#connections.get(connection.key)
    const index = sharing?.indexOf(connection) ?? -1
    if (sharing === undefined || index === -1) return
    sharing.splice(index, 1)
    if (sharing.length === 0) this.#connections.delete(connection.key)
    this.#size -= 1
  }

  *[Symbol.iterator](): Generator<Connection<T>> {
    for (const sharing of this.#connections.values()) yield* sharing.slice()
  }
}

/** The same for both directions. */
function connectionKey(segment: TcpSegment): number {
  const { source, destination, sourcePort, destinationPort } = segment
  let sum = 0
  for (let word = 0; word < (segment.isIpv6 ? 4 : 1); word++)
    sum = (sum + (source[word] ?? 0) + (destination[word] ?? 0)) | 0
  const ports = Math.imul(sourcePort + destinationPort, 0x85ebca6b)
  return Math.imul(sum, 0x9e3779b1) ^ ports ^ (sourcePort ^ destinationPort)
}

function isEnd({ words, port }: End, address: Uint32Array, addressPort: number): boolean {
  return (
    port === addressPort &&
    words[0] === address[0] &&
    words[1] === address[1] &&
    words[2] === address[2] &&
    words[3] === address[3]
  )
}

/**
 * Whether a first packet goes to who opened the connection: it is a SYN-ACK, or its source is the
 * port of FTP, of its data connections, or of FTP under TLS.
 */
function isAnswer({ flags, sourcePort, destinationPort }: TcpSegment): boolean {
  if ((flags & TCP_FLAGS.syn) !== 0) return (flags & TCP_FLAGS.ack) !== 0
  if (sourcePort === 20 || destinationPort === 20) return destinationPort === 20
  if (sourcePort < 1024 === destinationPort < 1024) return sourcePort < destinationPort
  return sourcePort < destinationPort
}
