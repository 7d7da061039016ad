/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, with times in microseconds. A
 * file is a section block, interface blocks, and packets; sections may follow each other, so a file
 * can be written on.
 */
import { BLOCK, BYTE_ORDER_MAGIC, OPTION } from './pcapng.ts'

const MICROSECONDS = 1000
const TWO_TO_32 = 2 ** 32

/** Longer comments are cut: the length of an option is a 16-bit number. */
const COMMENT_BYTES_MAX = 1024

/** Begins a file, or goes on in one. `program` is what wrote it. */
export function sectionBlock(program: string): Uint8Array {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
  body.writeUInt16LE(1, 4)
  // The length of the section is not known yet: -1.
  body.fill(0xff, 8)
  return block(BLOCK.section, [body, option(4, program), END])
}

/** Interfaces are numbered from 0 in each section, in their order. */
export function interfaceBlock(linkType: number, name: string): Uint8Array {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(linkType, 0)
  return block(BLOCK.interface, [body, option(OPTION.name, name), END])
}

/** `time` in milliseconds since 1970, with a fraction. */
export function packetBlock(
  interfaceId: number,
  time: number,
  frame: Uint8Array,
  comment?: string,
): Uint8Array {
  const units = Math.round(time * MICROSECONDS)
  const body = Buffer.alloc(20)
  body.writeUInt32LE(interfaceId, 0)
  body.writeUInt32LE(Math.floor(units / TWO_TO_32), 4)
  body.writeUInt32LE(units % TWO_TO_32, 8)
  body.writeUInt32LE(frame.length, 12)
  body.writeUInt32LE(frame.length, 16)
  const options = comment === undefined ? [] : [option(OPTION.comment, comment), END]
  return block(BLOCK.enhancedPacket, [body, padded(frame), ...options])
}

const END: Uint8Array = new Uint8Array(4)

function option(code: number, text: string): Uint8Array {
  const value = Buffer.from(text).subarray(0, COMMENT_BYTES_MAX)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  const length = body.length + 12
  const bytes = Buffer.alloc(length)
  bytes.writeUInt32LE(type, 0)
  bytes.writeUInt32LE(length, 4)
  bytes.set(body, 8)
  bytes.writeUInt32LE(length, length - 4)
  return bytes
}

/** Everything in a block begins at a multiple of four. */
function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4
  return rest === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(4 - rest)])
}
