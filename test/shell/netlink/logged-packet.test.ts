import { endianness } from 'node:os'
import { describe, expect, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import {
  bindRequest,
  type LogEntry,
  parseLogEntry,
} from '../../../src/shell/netlink/logged-packet.ts'
import { bytes32, parseMessages } from '../../../src/shell/netlink/message.ts'
import { fromHex, fromKernel, hex } from './bytes.ts'

/** 10.1.2.3:50000 to 192.0.2.1:21, a SYN. */
const IPV4 = fromHex(
  '4500 003c 0000 4000 4006 0000 0a010203 c0000201',
  'c350 0015 00000001 00000000 a002 ffff 0000 0000',
)
/** [2001:db8::1]:50000 to [2001:db8::2]:20. */
const IPV6 = fromHex(
  '6000 0000 0014 06 40',
  '20010db8000000000000000000000001 20010db8000000000000000000000002',
  'c350 0014 00000001 00000000 5002 ffff 0000 0000',
)

describe('the request to read a group', () => {
  test.skipIf(endianness() !== 'LE')('binds, sets mode, threshold and numbering at once', () => {
    expect(hex(bindRequest(0x01_02, 7))).toBe(
      [
        '38000000 0104 0500 07000000 00000000', // subsystem ULOG, config; request, ack
        '00 00 0102', // the group
        '0500 0100 01000000', // command: bind
        '0a00 0200 00000080 02 00 0000', // copy 128 bytes of the packet
        '0800 0500 00000001', // send at one packet
        '0600 0600 0001 0000', // number them
      ]
        .join('')
        .replaceAll(' ', ''),
    )
  })
})

describe('a logged packet', () => {
  test('of IPv4', () => {
    expect(entry(IPV4)).toEqual({
      number: 5,
      packet: {
        prefix: 'data s1 ',
        family: 4,
        source: endpoint(ip('10.1.2.3'), port(50_000)),
        destination: endpoint(ip('192.0.2.1'), port(21)),
      },
    })
  })

  test('of IPv6', () => {
    expect(entry(IPV6)?.packet).toEqual({
      prefix: 'data s1 ',
      family: 6,
      source: endpoint(ip('2001:db8::1'), port(50_000)),
      destination: endpoint(ip('2001:db8::2'), port(20)),
    })
  })

  test('of IPv4 with options: the ports are behind them', () => {
    const packet = fromHex(
      '4600 0040 0000 4000 4006 0000 0a010203 c0000201 01010101 c350 0015 00000000',
    )
    expect(entry(packet)?.packet?.source.port).toBe(50_000)
    expect(entry(packet)?.packet?.destination.port).toBe(21)
  })

  test.each([
    ['UDP', changed(IPV4, 9, 17)],
    ['a later fragment', changed(IPV4, 7, 1)],
    ['a header shorter than there are', changed(IPV4, 0, 0x44)],
    ['a source port 0', changed(changed(IPV4, 20, 0), 21, 0)],
    ['a destination port 0', changed(changed(IPV4, 22, 0), 23, 0)],
    ['UDP over IPv6', changed(IPV6, 6, 17)],
    ['IPv6 with an extension header', changed(IPV6, 6, 0)],
    ['another version of IP', changed(IPV4, 0, 0x55)],
    ['nothing', new Uint8Array()],
  ])('that is not told: %s', (_, packet) => {
    expect(entry(packet)).toEqual({ number: 5, packet: undefined })
  })

  test.each([
    ['IPv4', IPV4, 24],
    ['IPv6', IPV6, 44],
  ])('of %s that is cut before its ports is not told', (_, packet, needed) => {
    for (let length = 0; length < needed; length++)
      expect(entry(packet.subarray(0, length))?.packet).toBeUndefined()
    expect(entry(packet.subarray(0, needed))?.packet).toBeDefined()
  })

  test('may have neither prefix nor number', () => {
    const bare = parse(fromKernel(4, 0, [{ type: 9, value: IPV4 }]))
    expect(bare?.number).toBeUndefined()
    expect(bare?.packet?.prefix).toBe('')
  })

  test('is what the packet log says of a packet and nothing else', () => {
    expect(parse(fromKernel(4, 1, [{ type: 9, value: IPV4 }]))).toBeUndefined()
    expect(parse(fromKernel(1, 0, [{ type: 9, value: IPV4 }]))).toBeUndefined()
  })
})

function changed(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[index] = value
  return copy
}

function entry(packet: Uint8Array): LogEntry | undefined {
  return parse(
    fromKernel(4, 0, [
      { type: 9, value: packet },
      { type: 10, value: Buffer.from('data s1 \0') },
      { type: 12, value: bytes32(5) },
    ]),
  )
}

function parse(datagram: Uint8Array): LogEntry | undefined {
  const [message] = parseMessages(datagram)
  return message && parseLogEntry(message)
}
