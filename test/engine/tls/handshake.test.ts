import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HandshakeAssembler, type HandshakeMessage } from '../../../src/engine/tls/handshake.ts'
import { bytes, concat, message } from './support/hello-bytes.ts'

const LIMIT = 65_536

function assemble(parts: readonly Uint8Array[], limit: number = LIMIT): HandshakeMessage[] {
  const assembler = new HandshakeAssembler(limit)
  return parts.flatMap((part) => [...assembler.take(part).messages])
}

describe('HandshakeAssembler', () => {
  test('takes several messages out of one record', () => {
    const said = concat(
      message(2, bytes('aa')),
      message(12, bytes('bb cc')),
      message(14, bytes('')),
    )
    expect(assemble([said])).toEqual([{ type: 2, body: bytes('aa') }, { type: 12 }, { type: 14 }])
  })

  test('puts a message together from many records', () => {
    const body = Uint8Array.from({ length: 3000 }, (_, index) => index & 0xff)
    const said = message(1, body)
    const parts = Array.from({ length: said.length }, (_, at) => said.subarray(at, at + 1))
    expect(assemble(parts)).toEqual([{ type: 1, body }])
  })

  test('is open from the first byte of a message to its last', () => {
    const assembler = new HandshakeAssembler(LIMIT)
    expect(assembler.isOpen).toBe(false)
    assembler.take(bytes('01'))
    expect(assembler.isOpen).toBe(true)
    assembler.take(bytes('00 00 01'))
    expect(assembler.isOpen).toBe(true)
    assembler.take(bytes('00'))
    expect(assembler.isOpen).toBe(false)
  })

  test('an empty message is complete with its header', () => {
    expect(assemble([bytes('0e 00 00'), bytes('00')])).toEqual([{ type: 14 }])
    expect(assemble([bytes('01 00 00 00')])).toEqual([{ type: 1, body: bytes('') }])
  })

  test('T30 the limit is on the claimed length, for messages that nobody reads too', () => {
    const assembler = (): HandshakeAssembler => new HandshakeAssembler(16)
    expect(assembler().take(bytes('01 00 00 10')).isTooLong).toBe(false)
    expect(assembler().take(bytes('01 00 00 11')).isTooLong).toBe(true)
    expect(assembler().take(bytes('10 00 00 11')).isTooLong).toBe(true)
    expect(assembler().take(concat(message(14, bytes('')), bytes('01 ff ff ff')))).toEqual({
      messages: [{ type: 14 }],
      isTooLong: true,
    })
  })

  test('a length that is only claimed costs no memory', () => {
    const assembler = new HandshakeAssembler(LIMIT)
    assembler.take(bytes('01 01 00 00 aa'))
    expect(assembler.bufferedBytes).toBeLessThan(1024)
    assembler.take(new Uint8Array(2000))
    expect(assembler.bufferedBytes).toBeLessThan(8192)
  })

  test('messages that nobody reads are not kept', () => {
    const assembler = new HandshakeAssembler(LIMIT)
    assembler.take(concat(bytes('0c 00 ff ff'), new Uint8Array(60_000)))
    expect(assembler.bufferedBytes).toBeLessThan(8)
  })

  test('T30 64 KB that come byte by byte are copied a few times, not again and again', () => {
    const assembler = new HandshakeAssembler(LIMIT)
    assembler.take(bytes('01 01 00 00'))
    const sizes = new Set<number>()
    for (let count = 1; count < LIMIT; count++) {
      assembler.take(Uint8Array.of(1))
      sizes.add(assembler.bufferedBytes)
    }
    expect(sizes.size).toBeLessThan(12)
    expect(assembler.take(Uint8Array.of(1)).messages).toHaveLength(1)
    expect(assembler.bufferedBytes).toBe(0)
  })

  test('segments mean nothing', () => {
    const messages = fc.array(
      fc.tuple(fc.constantFrom(1, 2, 11, 12, 14), fc.uint8Array({ maxLength: 20 })),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(messages, fc.array(fc.nat(100)), (list, cuts) => {
        const said = concat(...list.map(([type, body]) => message(type, body)))
        const ends = [...cuts.filter((cut) => cut < said.length), said.length].sort((a, b) => a - b)
        const parts = ends.map((end, index) => said.subarray(ends[index - 1] ?? 0, end))
        expect(assemble(parts)).toEqual(assemble([said]))
      }),
    )
  })
})
