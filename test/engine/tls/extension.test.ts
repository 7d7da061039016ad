import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../../src/engine/tls/byte-reader.ts'
import { decodeAlpn, decodeExtensions } from '../../../src/engine/tls/extension.ts'
import { ascii, bytes, concat, extension, vector16, vector8 } from './support/hello-bytes.ts'

describe('decodeExtensions', () => {
  const decode = (body: Uint8Array): ReturnType<typeof decodeExtensions> =>
    decodeExtensions(new ByteReader(body))

  test('a block, an empty block, no block', () => {
    const block = vector16(extension(0, bytes('aa')), extension(0xffff, bytes('')))
    expect(decode(block)).toEqual({
      type: 'complete',
      value: new Map([
        [0, bytes('aa')],
        [0xffff, bytes('')],
      ]),
    })
    expect(decode(vector16())).toEqual({ type: 'complete', value: new Map() })
    expect(decode(bytes(''))).toEqual({ type: 'complete', value: new Map() })
  })

  test('lengths that do not agree, and one that comes twice, are malformed', () => {
    const one = extension(5, bytes('01'))
    expect(decode(vector16(one, one))).toMatchObject({ problem: 'duplicate extension' })
    for (const body of ['00', '0001', '0003 000000', '0004 00000001', '0000 00'])
      expect(decode(bytes(body))).toMatchObject({ problem: 'extensions' })
  })
})

describe('decodeAlpn', () => {
  const list = (...names: readonly Uint8Array[]): Uint8Array =>
    vector16(...names.map((name) => vector8(name)))

  test('escapes the names, so that they can be compared and shown', () => {
    expect(decodeAlpn(list(ascii('ftp'), bytes('00 ff 5c')))).toEqual({
      type: 'complete',
      value: ['ftp', '\\x00\\xff\\\\'],
    })
  })

  test('GREASE is left out, and still counts as a list', () => {
    expect(decodeAlpn(list(bytes('1a1a')))).toEqual({ type: 'complete', value: [] })
    expect(decodeAlpn(list(bytes('1a2a')))).toEqual({ type: 'complete', value: ['\\x1a*'] })
  })

  test('too many, empty or cut names are malformed', () => {
    const many = Array.from({ length: 65 }, () => ascii('h2'))
    for (const body of [list(...many), list(), list(bytes('')), bytes('0003 05 6674'), bytes('')])
      expect(decodeAlpn(body).type).toBe('malformed')
    expect(decodeAlpn(concat(list(ascii('ftp')), bytes('00'))).type).toBe('malformed')
  })
})
