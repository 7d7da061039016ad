/**
 * Entries of connection tracking as bytes (linux/netfilter/nfnetlink_conntrack.h): a flow is asked
 * for by the addresses and ports of its first packet, and the answer says how it stands.
 */
import type { Endpoint } from '../../net/endpoint.ts'
import { ipBytes, ipFamily } from '../../net/ip.ts'
import {
  AF_INET,
  AF_INET6,
  type Attribute,
  bytes8,
  bytes16,
  formatRequest,
  type Message,
  NLM_F_ACK,
  NLM_F_REQUEST,
  parseAttributes,
  parseNested,
  readNumber,
} from './message.ts'

const NFNL_SUBSYS_CTNETLINK = 1
const IPCTNL_MSG_CT_NEW = 0
const IPCTNL_MSG_CT_GET = 1
const IPCTNL_MSG_CT_DELETE = 2

const CTA_TUPLE_ORIG = 1
const CTA_PROTOINFO = 4
const CTA_COUNTERS_ORIG = 9
const CTA_COUNTERS_REPLY = 10
const CTA_ID = 12

const CTA_TUPLE_IP = 1
const CTA_TUPLE_PROTO = 2
const CTA_IP_V4_SRC = 1
const CTA_IP_V4_DST = 2
const CTA_IP_V6_SRC = 3
const CTA_IP_V6_DST = 4
const CTA_PROTO_NUM = 1
const CTA_PROTO_SRC_PORT = 2
const CTA_PROTO_DST_PORT = 3

const CTA_PROTOINFO_TCP = 1
const CTA_PROTOINFO_TCP_STATE = 1

const CTA_COUNTERS_PACKETS = 1
const CTA_COUNTERS_BYTES = 2

const PROTOCOL_TCP = 6

/** Who connected to where, as the first packet said it before anything was translated. */
export interface FlowTuple {
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** One direction of a flow. Bytes are those of IP packets, headers included. */
export interface FlowCount {
  readonly packets: number
  readonly bytes: number
}

export interface FlowState {
  /**
   * `opening`: no handshake yet. `closing`: one side has ended. `ended`: both have, and were
   * acknowledged. `reset`: by a RST; a RST after the end makes a reset of it too.
   */
  readonly state: 'opening' | 'established' | 'closing' | 'ended' | 'reset'
  /** From who connected. Zero in both directions for a flow that began before accounting did. */
  readonly original: FlowCount
  readonly reply: FlowCount
}

/** An entry of the table, as far as it is of use. */
export interface FlowEntry extends FlowState {
  /** Names the entry even when a later flow has the same ports. */
  readonly id: Uint8Array
}

/** `enum tcp_conntrack` of linux/netfilter/nf_conntrack_tcp.h, by number. */
const STATES: readonly FlowState['state'][] = [
  'opening', // NONE
  'opening', // SYN_SENT
  'opening', // SYN_RECV
  'established', // ESTABLISHED
  'closing', // FIN_WAIT
  'closing', // CLOSE_WAIT
  'closing', // LAST_ACK
  'ended', // TIME_WAIT
  'reset', // CLOSE
  'opening', // SYN_SENT2
]

export function getRequest(tuple: FlowTuple, sequence: number): Uint8Array {
  return flowRequest(IPCTNL_MSG_CT_GET, NLM_F_REQUEST, tuple, sequence, [])
}

/** Takes out the entry with this identity and no other. */
export function deleteRequest(tuple: FlowTuple, id: Uint8Array, sequence: number): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_ACK
  return flowRequest(IPCTNL_MSG_CT_DELETE, flags, tuple, sequence, [{ type: CTA_ID, value: id }])
}

/**
 * The entry that a message tells of. `undefined` when it is no TCP flow, or when `tuple` is not its
 * first packet: the kernel finds entries by either direction.
 */
export function parseFlow(message: Message, tuple: FlowTuple): FlowEntry | undefined {
  if (message.subsystem !== NFNL_SUBSYS_CTNETLINK || message.type !== IPCTNL_MSG_CT_NEW)
    return undefined
  const attributes = parseAttributes(message)
  const id = attributes.get(CTA_ID)
  const tcp = parseNested(parseNested(attributes.get(CTA_PROTOINFO)).get(CTA_PROTOINFO_TCP))
  const state = STATES[readNumber(tcp.get(CTA_PROTOINFO_TCP_STATE), 1) ?? -1]
  if (id === undefined || state === undefined) return undefined
  if (!isTuple(attributes.get(CTA_TUPLE_ORIG), tuple)) return undefined
  return {
    // The buffer it is read from is used again.
    id: id.slice(),
    state,
    original: parseCount(attributes.get(CTA_COUNTERS_ORIG)),
    reply: parseCount(attributes.get(CTA_COUNTERS_REPLY)),
  }
}

function flowRequest(
  type: number,
  flags: number,
  tuple: FlowTuple,
  sequence: number,
  more: readonly Attribute[],
): Uint8Array {
  return formatRequest({
    subsystem: NFNL_SUBSYS_CTNETLINK,
    type,
    flags,
    sequence,
    family: ipFamily(tuple.source.address) === 4 ? AF_INET : AF_INET6,
    resource: 0,
    attributes: [{ type: CTA_TUPLE_ORIG, value: tupleAttributes(tuple) }, ...more],
  })
}

function tupleAttributes({ source, destination }: FlowTuple): readonly Attribute[] {
  const isIpv4 = ipFamily(source.address) === 4
  const addresses = [
    { type: isIpv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, value: addressBytes(source) },
    { type: isIpv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, value: addressBytes(destination) },
  ]
  const protocol = [
    { type: CTA_PROTO_NUM, value: bytes8(PROTOCOL_TCP) },
    { type: CTA_PROTO_SRC_PORT, value: bytes16(source.port) },
    { type: CTA_PROTO_DST_PORT, value: bytes16(destination.port) },
  ]
  return [
    { type: CTA_TUPLE_IP, value: addresses },
    { type: CTA_TUPLE_PROTO, value: protocol },
  ]
}

function isTuple(bytes: Uint8Array | undefined, { source, destination }: FlowTuple): boolean {
  const parts = parseNested(bytes)
  const addresses = parseNested(parts.get(CTA_TUPLE_IP))
  const protocol = parseNested(parts.get(CTA_TUPLE_PROTO))
  const isIpv4 = ipFamily(source.address) === 4
  return (
    readNumber(protocol.get(CTA_PROTO_SRC_PORT), 2) === source.port &&
    readNumber(protocol.get(CTA_PROTO_DST_PORT), 2) === destination.port &&
    areSame(addresses.get(isIpv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC), addressBytes(source)) &&
    areSame(addresses.get(isIpv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST), addressBytes(destination))
  )
}

function addressBytes({ address }: Endpoint): Uint8Array {
  return Uint8Array.from(ipBytes(address))
}

function areSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && b.every((byte, index) => byte === a[index])
}

function parseCount(bytes: Uint8Array | undefined): FlowCount {
  const count = parseNested(bytes)
  return {
    packets: readNumber(count.get(CTA_COUNTERS_PACKETS), 8) ?? 0,
    bytes: readNumber(count.get(CTA_COUNTERS_BYTES), 8) ?? 0,
  }
}
