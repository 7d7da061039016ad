/** Messages as the kernel sends them, for tests without one. */
import { type Attribute, formatRequest, viewOf } from '../../../src/shell/netlink/message.ts'
import { endianness } from 'node:os'

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function fromHex(...parts: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(parts.join('').replaceAll(' ', ''), 'hex'))
}

/** A message of netfilter with these attributes. */
export function fromKernel(
  subsystem: number,
  type: number,
  attributes: readonly Attribute[],
): Uint8Array {
  const header = { flags: 0, sequence: 1, family: 2, resource: 0 }
  return formatRequest({ ...header, subsystem, type, attributes })
}

/** NLMSG_ERROR: the errno, negative, and the header of the request it answers. */
export function acknowledgement(errno: number, sequence: number): Uint8Array {
  const bytes = new Uint8Array(36)
  const isLittle = endianness() === 'LE'
  const view = viewOf(bytes)
  view.setUint32(0, bytes.length, isLittle)
  view.setUint16(4, 2, isLittle)
  view.setUint32(8, sequence, isLittle)
  view.setInt32(16, -errno, isLittle)
  return bytes
}
