import { type Ip, type IpFamily, ipBytes, ipFamily, ipFromBytes, parseIp } from './ip.ts'

/** An address block. `address` has no bits set beyond `prefix`. */
export interface Cidr {
  readonly address: Ip
  readonly prefix: number
}

export type CidrProblem = 'syntax' | 'prefix' | 'host-bits'

/** Parses `10.0.0.0/8`, `2001:db8::/32` or a single address (prefix 32 or 128). */
export function parseCidr(text: string): Cidr | CidrProblem {
  const [addressText = '', prefixText, ...rest] = text.split('/')
  const address = parseIp(addressText)
  if (address === undefined || rest.length > 0) return 'syntax'
  const width = familyBits(ipFamily(address))
  if (prefixText === undefined) return { address, prefix: width }
  if (ipFamily(address) === 4 && addressText.includes(':')) return 'syntax'
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return 'prefix'
  const prefix = Number(prefixText)
  if (prefix > width) return 'prefix'
  return networkOf(address, prefix) === address ? { address, prefix } : 'host-bits'
}

export function familyBits(family: IpFamily): 32 | 128 {
  return family === 4 ? 32 : 128
}

/** The address with every bit beyond `prefix` cleared. */
export function networkOf(address: Ip, prefix: number): Ip {
  return ipFromBytes(
    ipBytes(address).map((byte, index) => {
      const kept = Math.min(8, Math.max(0, prefix - index * 8))
      return byte & (0xff << (8 - kept)) & 0xff
    }),
  )
}

export function cidrHas(block: Cidr, address: Ip): boolean {
  return (
    ipFamily(block.address) === ipFamily(address) &&
    networkOf(address, block.prefix) === block.address
  )
}

/** Whether every address of `inner` is also in `outer`. */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return outer.prefix <= inner.prefix && cidrHas(outer, inner.address)
}

export function formatCidr(block: Cidr): string {
  return block.prefix === familyBits(ipFamily(block.address))
    ? block.address
    : `${block.address}/${block.prefix}`
}
