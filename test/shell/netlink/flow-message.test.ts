import { endianness } from 'node:os'
import { describe, expect, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import {
  deleteRequest,
  type FlowEntry,
  type FlowTuple,
  getRequest,
  parseFlow,
} from '../../../src/shell/netlink/flow-message.ts'
import {
  type Attribute,
  bytes8,
  bytes32,
  parseAttributes,
  parseMessages,
} from '../../../src/shell/netlink/message.ts'
import { fromHex, fromKernel, hex } from './bytes.ts'

const IPV4: FlowTuple = {
  source: endpoint(ip('10.1.2.3'), port(50_000)),
  destination: endpoint(ip('192.0.2.1'), port(60_001)),
}
const IPV6: FlowTuple = {
  source: endpoint(ip('2001:db8::1'), port(50_000)),
  destination: endpoint(ip('2001:db8::2'), port(60_001)),
}
const ESTABLISHED = 3
const ID = bytes32(0x0a_0b_0c_0d)

describe('a question', () => {
  test.skipIf(endianness() !== 'LE')('names both ends of an IPv4 flow', () => {
    expect(hex(getRequest(IPV4, 7))).toBe(
      plain(
        '48000000 0101 0100 07000000 00000000 02 00 0000', // get, request; AF_INET
        '3400 0180', // the original tuple
        '1400 0180 0800 0100 0a010203 0800 0200 c0000201',
        '1c00 0280 0500 0100 06000000 0600 0200 c350 0000 0600 0300 ea61 0000',
      ),
    )
  })

  test.skipIf(endianness() !== 'LE')('names both ends of an IPv6 flow', () => {
    expect(hex(getRequest(IPV6, 7))).toContain(
      plain(
        '0a 00 0000 4c00 0180 2c00 0180',
        '1400 0300 20010db8000000000000000000000001',
        '1400 0400 20010db8000000000000000000000002',
      ),
    )
  })

  test('to take out names the entry too', () => {
    const [message] = parseMessages(deleteRequest(IPV4, ID, 7))
    expect(message).toMatchObject({ subsystem: 1, type: 2, sequence: 7 })
    expect(message && parseAttributes(message).get(12)).toEqual(ID)
  })
})

describe('an entry', () => {
  test('says how the flow stands and what it carried', () => {
    expect(flow(IPV4, ESTABLISHED)).toEqual({
      id: ID,
      state: 'established',
      original: { packets: 3, bytes: 2 ** 40 + 160 },
      reply: { packets: 2, bytes: 120 },
    })
  })

  test('of IPv6', () => {
    expect(flow(IPV6, ESTABLISHED)?.state).toBe('established')
  })

  test.each([
    [0, 'opening'],
    [1, 'opening'],
    [2, 'opening'],
    [3, 'established'],
    [4, 'closing'],
    [5, 'closing'],
    [6, 'closing'],
    [7, 'ended'],
    [8, 'reset'],
    [9, 'opening'],
  ])('in state %d is %s', (state, expected) => {
    expect(flow(IPV4, state)?.state).toBe(expected)
  })

  test('in a state there is none of is not told', () => {
    expect(flow(IPV4, 10)).toBeUndefined()
  })

  test('that was not counted has counted nothing', () => {
    const entry = parse(entryOf(IPV4, ESTABLISHED, []), IPV4)
    expect(entry?.original).toEqual({ packets: 0, bytes: 0 })
    expect(entry?.reply).toEqual({ packets: 0, bytes: 0 })
  })

  test('of no TCP is not told', () => {
    const bare = fromKernel(1, 0, [tuple(IPV4), { type: 12, value: ID }])
    expect(parse(bare, IPV4)).toBeUndefined()
  })

  test('without identity is not told', () => {
    const [first, second] = entryAttributes(IPV4, ESTABLISHED)
    const bare = fromKernel(1, 0, [first as Attribute, second as Attribute])
    expect(parse(bare, IPV4)).toBeUndefined()
  })

  test('found by its other direction, or with another end, is another flow', () => {
    const other = endpoint(ip('10.9.9.9'), port(9))
    for (const asked of [
      { source: IPV4.destination, destination: IPV4.source },
      { ...IPV4, source: { ...IPV4.source, address: other.address } },
      { ...IPV4, source: { ...IPV4.source, port: other.port } },
      { ...IPV4, destination: { ...IPV4.destination, address: other.address } },
      { ...IPV4, destination: { ...IPV4.destination, port: other.port } },
      IPV6,
    ])
      expect(parse(entryOf(IPV4, ESTABLISHED, []), asked)).toBeUndefined()
  })

  test('is what connection tracking says and nothing else', () => {
    const attributes = entryAttributes(IPV4, ESTABLISHED)
    expect(parse(fromKernel(1, 2, attributes), IPV4)).toBeUndefined()
    expect(parse(fromKernel(4, 0, attributes), IPV4)).toBeUndefined()
  })

  test('does not change with the buffer it was read from', () => {
    const datagram = entryOf(IPV4, ESTABLISHED, [])
    const entry = parse(datagram, IPV4)
    datagram.fill(0)
    expect(entry?.id).toEqual(ID)
  })
})

function plain(...parts: readonly string[]): string {
  return parts.join('').replaceAll(' ', '')
}

function flow(asked: FlowTuple, state: number): FlowEntry | undefined {
  return parse(
    entryOf(asked, state, [
      {
        type: 9,
        value: [
          { type: 1, value: fromHex('0000000000000003') },
          { type: 2, value: fromHex('00000100000000a0') },
        ],
      },
      {
        type: 10,
        value: [
          { type: 1, value: fromHex('0000000000000002') },
          { type: 2, value: fromHex('0000000000000078') },
        ],
      },
    ]),
    asked,
  )
}

function entryOf(asked: FlowTuple, state: number, more: readonly Attribute[]): Uint8Array {
  return fromKernel(1, 0, [...entryAttributes(asked, state), ...more])
}

/** Its tuple, state and identity. */
function entryAttributes(asked: FlowTuple, state: number): readonly Attribute[] {
  const tcp = [{ type: 1, value: [{ type: 1, value: bytes8(state) }] }]
  return [tuple(asked), { type: 4, value: tcp }, { type: 12, value: ID }]
}

/** The tuple as a request has it; the kernel answers in the same form. */
function tuple(asked: FlowTuple): Attribute {
  const [message] = parseMessages(getRequest(asked, 1))
  return { type: 1, value: (message && parseAttributes(message).get(1)) ?? new Uint8Array() }
}

function parse(datagram: Uint8Array, asked: FlowTuple): FlowEntry | undefined {
  const [message] = parseMessages(datagram)
  return message && parseFlow(message, asked)
}
