/** Where the IP packet begins in a frame, under the link layers that captures of FTP come with. */
import { u16be } from './byte-order.ts'
import { type CapturedPacket, LINK_TYPES } from './packet.ts'

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, pppoe: 0x8864 } as const

/** 802.1Q, 802.1ad (QinQ), and what came before it. */
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100, 0x9200])

/** Tags of one frame; two are usual. */
const VLAN_TAGS_MAX = 4

/** PPP protocol numbers (RFC 2516 frames carry one). */
const PPP = { ipv4: 0x0021, ipv6: 0x0057 } as const

/** The offset of the IP header; `undefined` when the frame carries none, or is cut before it. */
export function networkOffset(packet: CapturedPacket): number | undefined {
  const { bytes, start, end, linkType } = packet
  switch (linkType) {
    case LINK_TYPES.ethernet:
      return behindType(bytes, start + 12, end)
    case LINK_TYPES.linuxCooked:
      return behindType(bytes, start + 14, end)
    case LINK_TYPES.linuxCooked2:
      // The type comes first here, and tags cannot stand behind it.
      return isIp(u16be(bytes, start)) && end - start > 20 ? start + 20 : undefined
    case LINK_TYPES.raw:
    case LINK_TYPES.rawBsd:
    case LINK_TYPES.rawOpenBsd:
    case LINK_TYPES.ipv4:
    case LINK_TYPES.ipv6:
      return start < end ? start : undefined
    case LINK_TYPES.null:
    case LINK_TYPES.loop:
      // Systems have different numbers for IPv6 here; the IP header itself says what it is.
      return end - start > 4 ? start + 4 : undefined
    default:
      return undefined
  }
}

/** `at` is where a type stands, with perhaps VLAN tags behind it. */
function behindType(bytes: Uint8Array, at: number, end: number): number | undefined {
  let type = u16be(bytes, at)
  let next = at + 2
  for (let tags = 0; tags < VLAN_TAGS_MAX && VLAN_TAGS.has(type); tags++) {
    type = u16be(bytes, next + 2)
    next += 4
  }
  if (type === ETHERTYPE.pppoe) {
    const protocol = u16be(bytes, next + 6)
    return (protocol === PPP.ipv4 || protocol === PPP.ipv6) && next + 8 < end ? next + 8 : undefined
  }
  return isIp(type) && next < end ? next : undefined
}

function isIp(type: number): boolean {
  return type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6
}
