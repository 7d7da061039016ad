/**
 * What netfilter's packet log says, as bytes (linux/netfilter/nfnetlink_log.h), and the little of a
 * packet that is wanted: who wanted to connect to where.
 */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import { ipFromBytes } from '../../net/ip.ts'
import { toPort } from '../../net/port.ts'
import {
  AF_UNSPEC,
  bytes8,
  bytes16,
  bytes32,
  formatRequest,
  type Message,
  NLM_F_ACK,
  NLM_F_REQUEST,
  parseAttributes,
  readNumber,
  viewOf,
} from './message.ts'

const NFNL_SUBSYS_ULOG = 4
const NFULNL_MSG_PACKET = 0
const NFULNL_MSG_CONFIG = 1

const NFULA_PAYLOAD = 9
const NFULA_PREFIX = 10
const NFULA_SEQ = 12

const NFULA_CFG_CMD = 1
const NFULA_CFG_MODE = 2
const NFULA_CFG_QTHRESH = 5
const NFULA_CFG_FLAGS = 6
const NFULNL_CFG_CMD_BIND = 1
const NFULNL_COPY_PACKET = 2
const NFULNL_CFG_F_SEQ = 1

/** Addresses and ports of a packet with options; nothing else of it is read. */
const COPIED_BYTES = 128

const PROTOCOL_TCP = 6
const IPV4_HEADER_BYTES = 20
const IPV6_HEADER_BYTES = 40
/** The two ports, with which a TCP header begins. */
const PORTS_BYTES = 4

/** A TCP packet that a rule logged. */
export interface LoggedPacket {
  /** What the rule says. */
  readonly prefix: string
  readonly family: 4 | 6
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** One message of the packet log. */
export interface LogEntry {
  /** Counts the messages of a group from 0, so that a gap shows what was dropped. */
  readonly number: number | undefined
  /** `undefined`: not TCP, a later fragment, or behind IPv6 extension headers. */
  readonly packet: LoggedPacket | undefined
}

/**
 * Makes the sender the reader of a group, and has the kernel send it the beginning of each packet,
 * numbered, and each at once.
 */
export function bindRequest(group: number, sequence: number): Uint8Array {
  const mode = Uint8Array.of(...bytes32(COPIED_BYTES), NFULNL_COPY_PACKET, 0)
  return formatRequest({
    subsystem: NFNL_SUBSYS_ULOG,
    type: NFULNL_MSG_CONFIG,
    flags: NLM_F_REQUEST | NLM_F_ACK,
    sequence,
    family: AF_UNSPEC,
    resource: group,
    attributes: [
      { type: NFULA_CFG_CMD, value: bytes8(NFULNL_CFG_CMD_BIND) },
      { type: NFULA_CFG_MODE, value: mode },
      { type: NFULA_CFG_QTHRESH, value: bytes32(1) },
      { type: NFULA_CFG_FLAGS, value: bytes16(NFULNL_CFG_F_SEQ) },
    ],
  })
}

/** `undefined` when the message is none of the packet log. */
export function parseLogEntry(message: Message): LogEntry | undefined {
  if (message.subsystem !== NFNL_SUBSYS_ULOG || message.type !== NFULNL_MSG_PACKET) return undefined
  const attributes = parseAttributes(message)
  const ends = parsePacket(attributes.get(NFULA_PAYLOAD) ?? new Uint8Array())
  return {
    number: readNumber(attributes.get(NFULA_SEQ), 4),
    packet: ends && { prefix: text(attributes.get(NFULA_PREFIX)), ...ends },
  }
}

/** The ends of the TCP connection that an IP packet belongs to. */
function parsePacket(packet: Uint8Array): Omit<LoggedPacket, 'prefix'> | undefined {
  const version = (packet[0] ?? 0) >> 4
  if (version === 4) return parseIpv4(packet)
  if (version === 6) return parseIpv6(packet)
  return undefined
}

function parseIpv4(packet: Uint8Array): Omit<LoggedPacket, 'prefix'> | undefined {
  const headerBytes = ((packet[0] ?? 0) & 0x0f) * 4
  if (headerBytes < IPV4_HEADER_BYTES || packet.length < headerBytes + PORTS_BYTES) return undefined
  const isLaterFragment = (viewOf(packet).getUint16(6) & 0x1f_ff) !== 0
  if (packet[9] !== PROTOCOL_TCP || isLaterFragment) return undefined
  return ends(4, packet.subarray(12, 20), packet.subarray(headerBytes))
}

function parseIpv6(packet: Uint8Array): Omit<LoggedPacket, 'prefix'> | undefined {
  if (packet.length < IPV6_HEADER_BYTES + PORTS_BYTES || packet[6] !== PROTOCOL_TCP)
    return undefined
  return ends(6, packet.subarray(8, 40), packet.subarray(IPV6_HEADER_BYTES))
}

function ends(
  family: 4 | 6,
  addresses: Uint8Array,
  segment: Uint8Array,
): Omit<LoggedPacket, 'prefix'> | undefined {
  const half = addresses.length / 2
  const view = viewOf(segment)
  const [from, to] = [toPort(view.getUint16(0)), toPort(view.getUint16(2))]
  if (from === undefined || to === undefined) return undefined
  return {
    family,
    source: endpoint(ipFromBytes([...addresses.subarray(0, half)]), from),
    destination: endpoint(ipFromBytes([...addresses.subarray(half)]), to),
  }
}

/** Text that ends with a zero. */
function text(bytes: Uint8Array = new Uint8Array()): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('latin1')
}
