/**
 * Netfilter's netlink messages as bytes: a header, `nfgenmsg`, and attributes that may nest
 * (linux/netlink.h, linux/netfilter/nfnetlink.h). Lengths and types are in the byte order of the
 * host, what netfilter itself puts in is in the order of the network.
 */
import { endianness } from 'node:os'

const HOST_IS_LITTLE = endianness() === 'LE'

const HEADER_BYTES = 16
/** `struct nfgenmsg`: family, version, and what the subsystem makes of the rest. */
const FAMILY_BYTES = 4
const ATTRIBUTE_BYTES = 4

const NLMSG_ERROR = 2
const NLA_F_NESTED = 0x80_00
/** Without the flags for nesting and byte order. */
const NLA_TYPE_MASK = 0x3f_ff

export const NLM_F_REQUEST = 1
export const NLM_F_ACK = 4

export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_INET6 = 10

export interface Attribute {
  readonly type: number
  readonly value: Uint8Array | readonly Attribute[]
}

export interface Request {
  readonly subsystem: number
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly family: number
  /** The third field of `nfgenmsg`, as the group of a packet log. */
  readonly resource: number
  readonly attributes: readonly Attribute[]
}

export interface Message {
  readonly subsystem: number
  readonly type: number
  readonly sequence: number
  /** For {@link parseAttributes} and {@link errorNumber}. */
  readonly body: Uint8Array
}

export function formatRequest(request: Request): Uint8Array {
  const length = HEADER_BYTES + FAMILY_BYTES + sizeOf(request.attributes)
  const bytes = new Uint8Array(length)
  const view = viewOf(bytes)
  view.setUint32(0, length, HOST_IS_LITTLE)
  view.setUint16(4, (request.subsystem << 8) | request.type, HOST_IS_LITTLE)
  view.setUint16(6, request.flags, HOST_IS_LITTLE)
  view.setUint32(8, request.sequence, HOST_IS_LITTLE)
  view.setUint8(HEADER_BYTES, request.family)
  view.setUint16(HEADER_BYTES + 2, request.resource)
  writeAttributes(bytes, view, HEADER_BYTES + FAMILY_BYTES, request.attributes)
  return bytes
}

/** The messages of one datagram; what is cut off at its end is left out. */
export function* parseMessages(datagram: Uint8Array): Generator<Message> {
  const view = viewOf(datagram)
  let at = 0
  while (at + HEADER_BYTES <= datagram.length) {
    const length = view.getUint32(at, HOST_IS_LITTLE)
    if (length < HEADER_BYTES || at + length > datagram.length) return
    const type = view.getUint16(at + 4, HOST_IS_LITTLE)
    yield {
      subsystem: type >> 8,
      type: type & 0xff,
      sequence: view.getUint32(at + 8, HOST_IS_LITTLE),
      body: datagram.subarray(at + HEADER_BYTES, at + length),
    }
    at += aligned(length)
  }
}

/**
 * The errno that a message reports, 0 for an acknowledgement; `undefined` when the message is of
 * another kind.
 */
export function errorNumber(message: Message): number | undefined {
  if (message.subsystem !== 0 || message.type !== NLMSG_ERROR) return undefined
  if (message.body.length < 4) return undefined
  return Math.abs(viewOf(message.body).getInt32(0, HOST_IS_LITTLE))
}

/** The attributes of a message of netfilter, by type. */
export function parseAttributes(message: Message): ReadonlyMap<number, Uint8Array> {
  return parseNested(message.body.subarray(FAMILY_BYTES))
}

/** The attributes that `bytes` consists of, by type; of several of one type, the last. */
export function parseNested(bytes: Uint8Array | undefined): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  if (bytes === undefined) return found
  const view = viewOf(bytes)
  let at = 0
  while (at + ATTRIBUTE_BYTES <= bytes.length) {
    const length = view.getUint16(at, HOST_IS_LITTLE)
    if (length < ATTRIBUTE_BYTES || at + length > bytes.length) return found
    const type = view.getUint16(at + 2, HOST_IS_LITTLE) & NLA_TYPE_MASK
    found.set(type, bytes.subarray(at + ATTRIBUTE_BYTES, at + length))
    at += aligned(length)
  }
  return found
}

export function bytes8(value: number): Uint8Array {
  return Uint8Array.of(value)
}

/** In the order of the network. */
export function bytes16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}

/** In the order of the network. */
export function bytes32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

/** A number of the network's order; `undefined` where there is none of that size. */
export function readNumber(bytes: Uint8Array | undefined, size: 1 | 2 | 4 | 8): number | undefined {
  if (bytes === undefined || bytes.length !== size) return undefined
  // Not by shifts: a count of bytes has more than 32 bits.
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return value
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function writeAttributes(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  list: readonly Attribute[],
): void {
  let at = start
  for (const { type, value } of list) {
    const isLeaf = value instanceof Uint8Array
    const length = ATTRIBUTE_BYTES + (isLeaf ? value.length : sizeOf(value))
    view.setUint16(at, length, HOST_IS_LITTLE)
    view.setUint16(at + 2, isLeaf ? type : type | NLA_F_NESTED, HOST_IS_LITTLE)
    if (isLeaf) bytes.set(value, at + ATTRIBUTE_BYTES)
    else writeAttributes(bytes, view, at + ATTRIBUTE_BYTES, value)
    at += aligned(length)
  }
}

function sizeOf(list: readonly Attribute[]): number {
  let size = 0
  for (const { value } of list)
    size += aligned(ATTRIBUTE_BYTES + (value instanceof Uint8Array ? value.length : sizeOf(value)))
  return size
}

/** Messages and attributes begin at multiples of four. */
function aligned(length: number): number {
  return (length + 3) & ~3
}
