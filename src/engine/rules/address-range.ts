/**
 * Addresses as numbers, for rules that are compared by the million. IPv4 fits a number; IPv6 is a
 * bigint. The two are never compared with each other.
 */
import { type Cidr, familyBits } from '../../net/cidr.ts'
import { type Ip, type IpFamily, ipBytes, ipFamily } from '../../net/ip.ts'

export type AddressValue = number | bigint

/** An address block: `low` with the bits beyond `prefix` clear, `high` with them set. */
export interface AddressRange {
  readonly family: IpFamily
  readonly prefix: number
  readonly low: AddressValue
  readonly high: AddressValue
}

export function addressValue(address: Ip): AddressValue {
  if (ipFamily(address) === 4) return ipv4Value(address)
  return ipBytes(address).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** Relies on the text being canonical; this is done for every verdict that is not cached. */
function ipv4Value(address: Ip): number {
  let value = 0
  let field = 0
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index)
    if (code === FULL_STOP) {
      value = value * 256 + field
      field = 0
    } else field = field * 10 + (code - DIGIT_ZERO)
  }
  return value * 256 + field
}

const FULL_STOP = 0x2e
const DIGIT_ZERO = 0x30

export function addressRange(block: Cidr): AddressRange {
  const family = ipFamily(block.address)
  const low = addressValue(block.address)
  const hostBits = familyBits(family) - block.prefix
  const high =
    typeof low === 'number' ? low + 2 ** hostBits - 1 : low + (1n << BigInt(hostBits)) - 1n
  return { family, prefix: block.prefix, low, high }
}

/** Whether every address of `inner` is also in `outer`. */
export function rangeCovers(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.low <= inner.low && inner.high <= outer.high
}

/**
 * One key for the block of `prefix` bits around an address together with a number below 65536.
 * Keys of one family and prefix length are equal exactly when block and number are.
 */
export function blockKey(value: AddressValue, prefix: number, number: number): AddressValue {
  return typeof value === 'number'
    ? Math.floor(value / 2 ** (32 - prefix)) * 65_536 + number
    : ((value >> BigInt(128 - prefix)) << 16n) | BigInt(number)
}
