/**
 * Both directions of a TCP connection, put back into the order in which the peers acted: bytes of
 * one side are handed on when the bytes that they acknowledge have been. So an answer never comes
 * before its question, however the capture has mixed them. What the receiver acknowledged and the
 * capture does not hold is a gap: it is reported, and nothing is made up for it.
 */
import { TCP_FLAGS, type TcpSegment } from './tcp-segment.ts'
import { type Piece, seqAdd, seqDifference, TcpStream } from './tcp-stream.ts'

/** 0 is who opened the connection, as far as that is known. */
export type DialogueSide = 0 | 1

export interface DialogueEvents {
  /** The bytes may be kept until the call returns. */
  bytes(side: DialogueSide, bytes: Uint8Array, time: number): void
  /** So many bytes of a side are missing, and will not come. */
  gap(side: DialogueSide, bytes: number, time: number): void
  closed(side: DialogueSide, cause: 'end' | 'reset', time: number): void
}

/** What may wait of one direction: a window of usual size. Then the hole before it is given up. */
const HELD_BYTES_MAX: number = 256 * 1024
const HELD_PIECES_MAX = 1024

/**
 * Captures mix packets a little. Bytes that were acknowledged are given up when they have not come
 * with so many more packets of the connection, or in this time (milliseconds).
 */
const GRACE_PACKETS = 64
const GRACE_TIME = 2_000

/** Bytes that nobody acknowledged may be sent again; TCP gives up after minutes. */
const RETRANSMISSION_TIME = 120_000

/** A RST further ahead is none of this connection (RFC 5961 §3.2). */
const WINDOW_MAX: number = 4 * 1024 * 1024

export class TcpDialogue {
  readonly #events: DialogueEvents
  readonly #streams: readonly [TcpStream, TcpStream] = [new TcpStream(), new TcpStream()]
  /** The highest sequence number that each side has acknowledged to the other. */
  readonly #acked: [number | undefined, number | undefined] = [undefined, undefined]
  readonly #hasSyn: [boolean, boolean] = [false, false]
  #blockedSince: number | undefined
  #blockedPackets = 0
  #isOver = false

  constructor(events: DialogueEvents) {
    this.#events = events
  }

  /** Both sides have ended, or one has reset the connection. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Bytes that wait for others. */
  get heldBytes(): number {
    return this.#streams[0].heldBytes + this.#streams[1].heldBytes
  }

  push(segment: TcpSegment, side: DialogueSide): void {
    if (this.#isOver) return
    const other = otherOf(side)
    const stream = this.#streams[side]
    const { flags, time } = segment
    const isSyn = (flags & TCP_FLAGS.syn) !== 0
    const ack = (flags & TCP_FLAGS.ack) === 0 ? undefined : segment.ack
    const seq = isSyn ? seqAdd(segment.seq, 1) : segment.seq
    if (isSyn) {
      stream.next ??= seq
      this.#hasSyn[side] = true
    }
    if (ack !== undefined) this.#acknowledge(side, other, ack)
    if ((flags & TCP_FLAGS.rst) !== 0) return this.#reset(side, seq, time)
    if (segment.length > 0) this.#take(segment, side, seq, ack)
    if ((flags & TCP_FLAGS.fin) !== 0 && !stream.isEnded) {
      const end = seqAdd(seq, segment.length)
      stream.insert({ seq: end, length: 1, bytes: undefined, ack, isFin: true })
    }
    this.#settle(time)
  }

  /** Time has passed without a packet of this connection. */
  tick(time: number): void {
    if (this.#blockedSince !== undefined) this.#giveUpLate(time)
  }

  /** Nothing more will come: what waits is handed on, with the gaps before it. */
  finish(time: number): void {
    for (let rounds = 0; rounds < 2 * HELD_PIECES_MAX; rounds++)
      if (!this.#skipHole(time, true)) return
  }

  #acknowledge(side: DialogueSide, other: DialogueSide, ack: number): void {
    const acked = this.#acked[side]
    if (acked === undefined || seqDifference(ack, acked) > 0) this.#acked[side] = ack
    // The connection was running when the capture began: what is acknowledged is from before. If it
    // was not, the other side's SYN is still to come.
    if (!this.#hasSyn[side]) this.#streams[other].next ??= ack
  }

  #take(segment: TcpSegment, side: DialogueSide, seq: number, ack: number | undefined): void {
    const { bytes, start, end, length, time } = segment
    const stream = this.#streams[side]
    if (stream.isEnded) return
    const captured = end - start
    // What nearly every segment is: the next one, whole, with nothing to wait for.
    if (
      captured === length &&
      (stream.next === seq || stream.next === undefined) &&
      stream.first === undefined &&
      this.#hasReceived(side, ack)
    ) {
      stream.next = seqAdd(seq, length)
      this.#blockedSince = undefined
      return this.#events.bytes(side, bytes.subarray(start, end), time)
    }
    if (captured > 0)
      stream.insert({
        seq,
        length: captured,
        bytes: bytes.subarray(start, end),
        ack,
        isFin: false,
      })
    if (captured < length)
      stream.insert({
        seq: seqAdd(seq, captured),
        length: length - captured,
        bytes: undefined,
        ack,
        isFin: false,
      })
  }

  /** Whether the bytes that `side` had received up to `ack` have been handed on. */
  #hasReceived(side: DialogueSide, ack: number | undefined): boolean {
    const { next } = this.#streams[otherOf(side)]
    return ack === undefined || next === undefined || seqDifference(ack, next) <= 0
  }

  #reset(side: DialogueSide, seq: number, time: number): void {
    const { next } = this.#streams[side]
    const ahead = next === undefined ? 0 : seqDifference(seq, next)
    if (ahead < 0 || ahead > WINDOW_MAX) return
    this.finish(time)
    if (this.#isOver) return
    this.#isOver = true
    this.#events.closed(side, 'reset', time)
  }

  #settle(time: number): void {
    const isMoving = this.#drain(time)
    const [first, second] = this.#streams
    if (first.first === undefined && second.first === undefined) {
      this.#blockedSince = undefined
      return
    }
    if (isMoving || this.#blockedSince === undefined) {
      this.#blockedSince = time
      this.#blockedPackets = 0
    }
    this.#blockedPackets += 1
    for (const stream of this.#streams)
      for (let rounds = 0; rounds < HELD_PIECES_MAX && isFull(stream); rounds++)
        if (!this.#skipHole(time, true)) break
    this.#giveUpLate(time)
  }

  #giveUpLate(time: number): void {
    for (let rounds = 0; rounds < HELD_PIECES_MAX; rounds++) {
      if (this.#blockedSince === undefined) return
      const waited = time - this.#blockedSince
      const isLate = waited >= GRACE_TIME || this.#blockedPackets >= GRACE_PACKETS
      if (!isLate || !this.#skipHole(time, waited >= RETRANSMISSION_TIME)) return
      const isFree = this.#streams.every(({ first }) => first === undefined)
      this.#blockedSince = isFree ? undefined : time
      this.#blockedPackets = 0
    }
  }

  /** Hands on what is ready; answers whether anything was. */
  #drain(time: number): boolean {
    let isMoving = false
    for (let isStuck = false; !isStuck && !this.#isOver; ) {
      isStuck = true
      for (const side of [0, 1] as const) {
        const piece = this.#streams[side].ready
        if (piece === undefined || !this.#hasReceived(side, piece.ack)) continue
        isStuck = false
        isMoving = true
        this.#hand(side, piece, time)
      }
    }
    return isMoving
  }

  #hand(side: DialogueSide, piece: Piece, time: number): void {
    this.#streams[side].pass(piece)
    if (piece.isFin) {
      if (this.#streams[otherOf(side)].isEnded) this.#isOver = true
      this.#events.closed(side, 'end', time)
    } else if (piece.bytes === undefined) {
      this.#events.gap(side, piece.length, time)
    } else {
      this.#events.bytes(side, piece.bytes, time)
    }
  }

  /** Gives up one hole that holds something back; `isForced`: even one that may yet be filled. */
  #skipHole(time: number, isForced: boolean): boolean {
    for (const side of [0, 1] as const) {
      const other = otherOf(side)
      const stream = this.#streams[side]
      const { first, next } = stream
      if (first === undefined || next === undefined) continue
      const hole = seqDifference(first.seq, next)
      if (hole > 0) {
        const acked = this.#acked[other]
        if (!isForced && (acked === undefined || seqDifference(acked, first.seq) < 0)) continue
        return this.#skip(side, first.seq, time)
      }
      // It is in order itself, and answers what is missing of the other side.
      const target = nearer(first.ack, this.#streams[other].first?.seq)
      if (target !== undefined) return this.#skip(other, target, time)
    }
    return false
  }

  #skip(side: DialogueSide, to: number, time: number): boolean {
    const lost = this.#streams[side].skipTo(to)
    if (lost > 0) this.#events.gap(side, lost, time)
    return this.#drain(time) || lost > 0
  }
}

function otherOf(side: DialogueSide): DialogueSide {
  return side === 0 ? 1 : 0
}

function isFull(stream: TcpStream): boolean {
  return stream.heldBytes > HELD_BYTES_MAX || stream.heldPieces > HELD_PIECES_MAX
}

function nearer(ack: number | undefined, held: number | undefined): number | undefined {
  if (ack === undefined || held === undefined) return ack
  return seqDifference(held, ack) < 0 ? held : ack
}
