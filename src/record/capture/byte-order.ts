/** Numbers out of bytes in either byte order. Beyond the end all bytes are zero. */

export function u16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function u32be(bytes: Uint8Array, at: number): number {
  return ((u16be(bytes, at) << 16) | u16be(bytes, at + 2)) >>> 0
}

export function u16le(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

export function u32le(bytes: Uint8Array, at: number): number {
  return (u16le(bytes, at) | (u16le(bytes, at + 2) << 16)) >>> 0
}

/** How a file, or a section of it, writes its numbers. */
export interface ByteOrder {
  readonly u16: (bytes: Uint8Array, at: number) => number
  readonly u32: (bytes: Uint8Array, at: number) => number
}

export const BIG_ENDIAN: ByteOrder = { u16: u16be, u32: u32be }
export const LITTLE_ENDIAN: ByteOrder = { u16: u16le, u32: u32le }
