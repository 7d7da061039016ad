/**
 * Elements as netlink messages of nf_tables (linux/netfilter/nf_tables.h). libnftables can add them
 * too, but first it asks the kernel for every table, chain and set there is, which costs several
 * times what the transaction itself does, once in every turn of the event loop.
 */
import { Buffer } from 'node:buffer'
import { parseIp, ipBytes } from '../../../net/ip.ts'
import { parsePortRange } from '../../../net/port.ts'
import {
  type Attribute,
  AF_UNSPEC,
  bytes16,
  bytes32,
  formatRequest,
  NLM_F_ACK,
  NLM_F_REQUEST,
} from '../../netlink/message.ts'
import type { Command, Element } from './elements.ts'
import { TABLE } from './table-names.ts'

const NLM_F_CREATE = 0x4_00
const NFPROTO_INET = 1
const NFNL_SUBSYS_NONE = 0
const NFNL_SUBSYS_NFTABLES = 10
const NFNL_MSG_BATCH_BEGIN = 16
const NFNL_MSG_BATCH_END = 17
const NFT_MSG_NEWSETELEM = 12
const NFT_MSG_DELSETELEM = 14

const NFTA_SET_ELEM_LIST_TABLE = 1
const NFTA_SET_ELEM_LIST_SET = 2
const NFTA_SET_ELEM_LIST_ELEMENTS = 3
const NFTA_LIST_ELEM = 1
const NFTA_SET_ELEM_KEY = 1
const NFTA_SET_ELEM_DATA = 2
const NFTA_SET_ELEM_TIMEOUT = 4
const NFTA_SET_ELEM_KEY_END = 10
const NFTA_DATA_VALUE = 1

const TABLE_NAME = name(TABLE.split(' ')[1] ?? '')

/** Commands as one transaction, of which the kernel acknowledges the last message and every failure. */
export function formatBatch(commands: readonly Command[], sequence: number): Uint8Array {
  const last = commands.length - 1
  return Buffer.concat([
    formatMark(NFNL_MSG_BATCH_BEGIN, sequence),
    ...commands.map((command, index) => formatCommand(command, index === last, sequence)),
    formatMark(NFNL_MSG_BATCH_END, sequence),
  ])
}

function formatMark(type: number, sequence: number): Uint8Array {
  return formatRequest({
    subsystem: NFNL_SUBSYS_NONE,
    type,
    flags: NLM_F_REQUEST,
    sequence,
    family: AF_UNSPEC,
    resource: NFNL_SUBSYS_NFTABLES,
    attributes: [],
  })
}

function formatCommand({ type, element }: Command, isLast: boolean, sequence: number): Uint8Array {
  const flags = NLM_F_REQUEST | (type === 'delete' ? 0 : NLM_F_CREATE) | (isLast ? NLM_F_ACK : 0)
  const elements = [{ type: NFTA_LIST_ELEM, value: elementAttributes(element, type === 'add') }]
  return formatRequest({
    subsystem: NFNL_SUBSYS_NFTABLES,
    type: type === 'delete' ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM,
    flags,
    sequence,
    family: NFPROTO_INET,
    resource: 0,
    attributes: [
      { type: NFTA_SET_ELEM_LIST_TABLE, value: TABLE_NAME },
      { type: NFTA_SET_ELEM_LIST_SET, value: name(element.set) },
      { type: NFTA_SET_ELEM_LIST_ELEMENTS, value: elements },
    ],
  })
}

function elementAttributes(element: Element, hasTimeout: boolean): readonly Attribute[] {
  const { key, value, timeoutSeconds } = element
  const attributes: Attribute[] = [{ type: NFTA_SET_ELEM_KEY, value: data(key, 'first') }]
  if (element.isInterval) attributes.push({ type: NFTA_SET_ELEM_KEY_END, value: data(key, 'last') })
  if (value !== undefined)
    attributes.push({ type: NFTA_SET_ELEM_DATA, value: data(value, 'first') })
  if (hasTimeout) {
    const milliseconds = timeoutSeconds * 1000
    const bytes = Buffer.concat([
      bytes32(Math.floor(milliseconds / 2 ** 32)),
      bytes32(milliseconds),
    ])
    attributes.push({ type: NFTA_SET_ELEM_TIMEOUT, value: bytes })
  }
  return attributes
}

/** Addresses and ports one after the other; each begins at a multiple of four. */
function data(text: string, end: 'first' | 'last'): readonly Attribute[] {
  const bytes: number[] = []
  for (const part of text.split(' . ')) {
    const address = parseIp(part)
    const ports = address === undefined ? parsePortRange(part) : undefined
    if (address !== undefined) bytes.push(...ipBytes(address))
    else if (ports !== undefined) bytes.push(...bytes16(ports[end]), 0, 0)
    else throw new Error(`neither an address nor a port: ${part}`)
  }
  return [{ type: NFTA_DATA_VALUE, value: Uint8Array.from(bytes) }]
}

function name(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'latin1')
}
