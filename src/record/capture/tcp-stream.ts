/**
 * One direction of a TCP connection: segments in any order go in, and are held until what is before
 * them has come. Of overlapping segments the bytes that came first win, as the receiver of a
 * capture sees them first; what was not captured stays a hole and is never made up.
 */

/** Part of a direction that came, and waits for its turn. */
export interface Piece {
  /** Sequence number of its first byte. */
  readonly seq: number
  readonly length: number
  /** `undefined`: it was on the wire, but the capture does not hold it. */
  readonly bytes: Uint8Array | undefined
  /** What its sender had received when it was sent. */
  readonly ack: number | undefined
  /** The end of the direction, which takes one sequence number. */
  readonly isFin: boolean
}

/** `a - b` of sequence numbers, which wrap (RFC 9293 §3.4). */
export function seqDifference(a: number, b: number): number {
  return (a - b) | 0
}

export function seqAdd(seq: number, length: number): number {
  return (seq + length) >>> 0
}

export class TcpStream {
  /** The sequence number that comes next; `undefined` before anything is known. */
  next: number | undefined
  isEnded = false
  #held: Piece[] = []
  #heldBytes = 0

  get heldBytes(): number {
    return this.#heldBytes
  }

  get heldPieces(): number {
    return this.#held.length
  }

  /** The first piece that waits, whether or not there is a hole before it. */
  get first(): Piece | undefined {
    return this.#held[0]
  }

  /** Takes what is new of a piece, and copies it: its bytes are the caller's. */
  insert(piece: Piece): void {
    this.next ??= piece.seq
    let rest: Piece | undefined = this.#trim(piece, this.next)
    const behind: Piece[] = []
    let at = this.#held.length
    // Pieces come mostly in order, so the place is near the end.
    while (at > 0 && rest !== undefined) {
      const held = this.#held[at - 1]
      if (held === undefined || seqDifference(held.seq, rest.seq) < 0) break
      at -= 1
    }
    const before = at > 0 ? this.#held[at - 1] : undefined
    if (rest !== undefined && before !== undefined)
      rest = this.#trim(rest, seqAdd(before.seq, before.length))
    for (let index = at; index < this.#held.length && rest !== undefined; index++) {
      const held = this.#held[index]
      if (held === undefined) break
      const room = seqDifference(held.seq, rest.seq)
      if (room >= rest.length) break
      if (room > 0) behind.push(cut(rest, 0, room))
      rest = this.#trim(rest, seqAdd(held.seq, held.length))
    }
    if (rest !== undefined) behind.push(rest)
    if (behind.length > 0) this.#add(behind)
  }

  /** The next piece that waits, if nothing is missing before it. */
  get ready(): Piece | undefined {
    const [first] = this.#held
    return first !== undefined && first.seq === this.next ? first : undefined
  }

  /** Goes past the piece that is ready. */
  pass(piece: Piece): void {
    this.#held.shift()
    this.#heldBytes -= piece.length
    this.next = seqAdd(piece.seq, piece.length)
    if (!piece.isFin) return
    this.isEnded = true
    this.#held = []
    this.#heldBytes = 0
  }

  /** Gives up what is missing before `seq`; answers how many bytes that is. */
  skipTo(seq: number): number {
    const lost = this.next === undefined ? 0 : Math.max(0, seqDifference(seq, this.next))
    if (this.next === undefined || lost > 0) this.next = seq
    return lost
  }

  #add(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      const bytes = piece.bytes?.slice()
      const at = this.#held.findLastIndex((held) => seqDifference(held.seq, piece.seq) <= 0)
      this.#held.splice(at + 1, 0, { ...piece, bytes })
      this.#heldBytes += piece.length
    }
  }

  /** What of `piece` comes from `seq` on. */
  #trim(piece: Piece, seq: number): Piece | undefined {
    const old = seqDifference(seq, piece.seq)
    if (old <= 0) return piece
    return old >= piece.length ? undefined : cut(piece, old, piece.length)
  }
}

function cut(piece: Piece, from: number, to: number): Piece {
  return {
    ...piece,
    seq: seqAdd(piece.seq, from),
    length: to - from,
    bytes: piece.bytes?.subarray(from, to),
  }
}
