import { expect, test } from 'vitest'
import { TcpWriter } from '../../../src/record/capture/tcp-writer.ts'
import { CLIENT, CLIENT6, ethernet, pcap, readSegments, SERVER, SERVER6 } from './support/files.ts'

const [V4 = Buffer.alloc(0)] = new TcpWriter(CLIENT, SERVER, 1).open()
const [V6 = Buffer.alloc(0)] = new TcpWriter(CLIENT6, SERVER6, 1).open()

function cooked(packet: Uint8Array, type: number): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt16BE(type, 14)
  return Buffer.concat([head, packet])
}

function cooked2(packet: Uint8Array, type: number): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt16BE(type, 0)
  return Buffer.concat([head, packet])
}

function pppoe(packet: Uint8Array): Buffer {
  const head = Buffer.alloc(14 + 8)
  head.writeUInt16BE(0x8864, 12)
  head.writeUInt16BE(0x0021, 20)
  return Buffer.concat([head, packet])
}

test.each([
  ['raw', 101, V4],
  ['raw IPv6', 101, V6],
  ['IPv4', 228, V4],
  ['IPv6', 229, V6],
  ['BSD loopback', 0, Buffer.concat([Buffer.from([2, 0, 0, 0]), V4])],
  ['BSD loopback, IPv6 of macOS', 0, Buffer.concat([Buffer.from([30, 0, 0, 0]), V6])],
  ['OpenBSD loopback', 108, Buffer.concat([Buffer.from([0, 0, 0, 24]), V6])],
  ['Ethernet', 1, ethernet(V4)],
  ['Ethernet IPv6', 1, ethernet(V6)],
  ['Ethernet with padding', 1, Buffer.concat([ethernet(V4), Buffer.alloc(12)])],
  ['802.1Q', 1, ethernet(V4, [0x8100])],
  ['QinQ', 1, ethernet(V6, [0x88a8, 0x8100])],
  ['PPPoE', 1, pppoe(V4)],
  ['Linux cooked', 113, cooked(V4, 0x0800)],
  ['Linux cooked v2', 276, cooked2(V6, 0x86dd)],
])('%s', (_name, linkType, bytes) => {
  const { segments } = readSegments(pcap([{ time: 1, bytes }], { linkType }))
  expect(segments).toMatchObject([{ from: 40_000, to: 21, flags: 2, length: 0 }])
})

test.each([
  ['ARP', 1, Buffer.concat([Buffer.alloc(12), Buffer.from([8, 6]), Buffer.alloc(28)])],
  ['five tags', 1, ethernet(V4, [0x8100, 0x8100, 0x8100, 0x8100, 0x8100])],
  ['a frame that ends in its header', 1, ethernet(V4).subarray(0, 14)],
  ['cooked, of something else', 276, cooked2(V4, 0x0806)],
  ['Bluetooth', 201, V4],
  ['nothing', 101, Buffer.alloc(0)],
  ['an IP version that is none', 101, Buffer.alloc(60, 0x77)],
])('%s has no TCP', (_name, linkType, bytes) => {
  expect(readSegments(pcap([{ time: 1, bytes }], { linkType })).segments).toEqual([])
})
