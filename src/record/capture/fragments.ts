/**
 * IP packets that came in fragments (RFC 791 §3.2, RFC 8200 §4.5). Of overlapping fragments the
 * first wins. A packet that does not become whole in time is given up and counted: the TCP stream
 * then has a gap, and says so.
 */

/** Packets that may be incomplete at the same time; the oldest is given up for a new one. */
const PENDING_MAX = 256

/** RFC 8200 §4.5: 60 seconds, in milliseconds. */
const LIFETIME = 60_000

/** No IP packet is longer. */
const PACKET_BYTES_MAX = 65_535

/** Fragments of one packet; more are an attack on whoever puts them together. */
const PIECES_MAX = 256

interface Pending {
  readonly since: number
  readonly bytes: Uint8Array
  /** Sorted and not overlapping. */
  readonly pieces: { start: number; end: number }[]
  /** Of the whole payload; known with the last fragment. */
  length: number | undefined
}

export class Fragments {
  readonly #pending = new Map<string, Pending>()
  #lost = 0

  /** Packets that were given up. */
  get lost(): number {
    return this.#lost
  }

  /** Takes a fragment with its `payload`, `offset` in bytes. The whole payload, when it is whole. */
  add(
    key: string,
    payload: Uint8Array,
    offset: number,
    hasMore: boolean,
    time: number,
  ): Uint8Array | undefined {
    const end = offset + payload.length
    if (end > PACKET_BYTES_MAX) return undefined
    this.#expire(time)
    const pending = this.#pending.get(key) ?? this.#begin(key, time)
    if (!hasMore) pending.length ??= end
    if (!insert(pending, payload, offset, end)) return this.#giveUp(key)
    const [whole, another] = pending.pieces
    if (another !== undefined || whole?.start !== 0 || whole.end !== pending.length)
      return undefined
    this.#pending.delete(key)
    return pending.bytes.subarray(0, pending.length)
  }

  #begin(key: string, since: number): Pending {
    const [oldest] = this.#pending.keys()
    if (this.#pending.size >= PENDING_MAX && oldest !== undefined) this.#giveUp(oldest)
    const bytes = new Uint8Array(PACKET_BYTES_MAX)
    const pending: Pending = { since, bytes, pieces: [], length: undefined }
    this.#pending.set(key, pending)
    return pending
  }

  #expire(time: number): void {
    for (const [key, { since }] of this.#pending) {
      if (time - since < LIFETIME) return
      this.#giveUp(key)
    }
  }

  #giveUp(key: string): undefined {
    if (this.#pending.delete(key)) this.#lost += 1
  }
}

/** Copies what is not there yet, and joins pieces that touch. */
function insert(pending: Pending, payload: Uint8Array, offset: number, end: number): boolean {
  let at = offset
  for (const piece of pending.pieces) {
    if (at < piece.start && at < end) copy(pending, payload, offset, at, Math.min(end, piece.start))
    at = Math.max(at, piece.end)
  }
  if (at < end) copy(pending, payload, offset, at, end)
  pending.pieces.push({ start: offset, end })
  const joined: { start: number; end: number }[] = []
  for (const piece of pending.pieces.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last !== undefined && piece.start <= last.end) last.end = Math.max(last.end, piece.end)
    else joined.push({ ...piece })
  }
  pending.pieces.splice(0, pending.pieces.length, ...joined)
  return joined.length <= PIECES_MAX
}

function copy(
  { bytes }: Pending,
  payload: Uint8Array,
  offset: number,
  from: number,
  to: number,
): void {
  bytes.set(payload.subarray(from - offset, to - offset), from)
}
