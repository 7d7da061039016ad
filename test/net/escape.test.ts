import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ESCAPED_BYTES_MAX, escapeBytes } from '../../src/net/escape.ts'

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** What nobody may ever find in a record: everything a terminal, a JSON reader or an eye trips over. */
const ACTIVE =
  /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2066-\u2069\u061c\ufeff\ufdd0-\ufdef\ufffe\uffff]/u

/** The inverse of `escapeBytes` for texts that were not cut. */
function unescape(text: string): Buffer {
  const parts: Uint8Array[] = []
  for (const [piece, byte] of text.matchAll(/\\x([0-9a-f]{2})|\\\\|[^\\]+/g))
    parts.push(byte === undefined ? utf8(piece.replace('\\\\', '\\')) : bytes(parseInt(byte, 16)))
  return Buffer.concat(parts)
}

/** Byte strings in which well-formed, nearly well-formed and arbitrary UTF-8 stand side by side. */
const peerBytes: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 6 }).map(utf8),
      fc.constantFrom('\\', '\\x41', '\\\\', '…(+3)', '\r\n', '\u202e', '\u{e0001}').map(utf8),
      fc.constantFrom([0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x80]),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Uint8Array.from(part))))

describe('escapeBytes', () => {
  test('keeps visible text in any script', () => {
    for (const text of ['', 'RETR report 2024.txt', 'naïve', '文件.txt', 'файл', '🗂 ok'])
      expect(escapeBytes(utf8(text))).toBe(text)
  })

  test('doubles a backslash, so that an escape cannot be forged', () => {
    expect(escapeBytes(utf8('\\x41'))).toBe('\\\\x41')
    expect(escapeBytes(bytes(0x0d, 0x0a))).toBe('\\x0d\\x0a')
    expect(escapeBytes(utf8('\\x0d\\x0a'))).toBe('\\\\x0d\\\\x0a')
  })

  test('is undone exactly, hence injective below the limit', () => {
    fc.assert(
      fc.property(peerBytes, (input) => {
        expect([...unescape(escapeBytes(input))]).toEqual([...input])
      }),
    )
  })

  test('never holds a character that acts', () => {
    fc.assert(
      fc.property(peerBytes, fc.nat(40), (input, limit) => {
        expect(escapeBytes(input, limit)).not.toMatch(ACTIVE)
      }),
    )
  })

  test('escapes every invisible character of the basic plane that the list names', () => {
    for (let point = 0; point <= 0xffff; point++) {
      const character = String.fromCodePoint(point)
      if (!ACTIVE.test(character) || (point >= 0xd800 && point <= 0xdfff)) continue
      expect(escapeBytes(utf8(character))).toMatch(/^(?:\\x[0-9a-f]{2})+$/)
    }
  })

  test('what is left out plus what is shown is the input', () => {
    fc.assert(
      fc.property(peerBytes, fc.nat(40), (input, limit) => {
        fc.pre(input.length > limit)
        const cut = /^(.*)…\(\+(\d+)\)$/u.exec(escapeBytes(input, limit))
        const shown = unescape(cut?.[1] ?? 'not cut')
        expect(shown.length).toBeLessThanOrEqual(limit)
        expect([...shown]).toEqual([...input.subarray(0, shown.length)])
        expect(Number(cut?.[2])).toBe(input.length - shown.length)
      }),
    )
  })
})

describe('hostile text', () => {
  test('L5: no line break of any kind survives', () => {
    expect(escapeBytes(utf8('a\u000b\u000c\r\n'))).toBe('a\\x0b\\x0c\\x0d\\x0a')
    expect(escapeBytes(bytes(0xc2, 0x85))).toBe('\\xc2\\x85')
    expect(escapeBytes(bytes(0xe2, 0x80, 0xa8, 0xe2, 0x80, 0xa9))).toBe(
      '\\xe2\\x80\\xa8\\xe2\\x80\\xa9',
    )
  })

  test('L6: terminal escapes, 8-bit CSI and bidirectional controls are inert', () => {
    expect(escapeBytes(utf8('\u001b]0;pwn\u0007'))).toBe('\\x1b]0;pwn\\x07')
    expect(escapeBytes(utf8('\u001b[2J'))).toBe('\\x1b[2J')
    expect(escapeBytes(bytes(0x9b, 0x32, 0x4a))).toBe('\\x9b2J')
    expect(escapeBytes(bytes(0xc2, 0x9b))).toBe('\\xc2\\x9b')
    expect(escapeBytes(utf8('\u007f'))).toBe('\\x7f')
    expect(escapeBytes(utf8('txt.\u202eexe'))).toBe('txt.\\xe2\\x80\\xaeexe')
    expect(escapeBytes(utf8('a\u200bb\ufeff\u061c'))).toBe(
      'a\\xe2\\x80\\x8bb\\xef\\xbb\\xbf\\xd8\\x9c',
    )
  })

  test('L7: a JSON reader gets the very text back and no key of the peer', () => {
    const argument = escapeBytes(utf8('","verdict":"allow","x":"'))
    expect(JSON.parse(JSON.stringify({ argument }))).toEqual({
      argument: '","verdict":"allow","x":"',
    })
  })

  test('L8: invalid UTF-8 stays distinguishable, with no U+FFFD', () => {
    expect(escapeBytes(bytes(0xff, 0xfe))).toBe('\\xff\\xfe')
    expect(escapeBytes(bytes(0xe9))).toBe('\\xe9')
    expect(escapeBytes(bytes(0xc0, 0xaf))).toBe('\\xc0\\xaf')
    expect(escapeBytes(bytes(0xed, 0xa0, 0x80))).toBe('\\xed\\xa0\\x80')
    expect(escapeBytes(bytes(0xf4, 0x90, 0x80, 0x80))).toBe('\\xf4\\x90\\x80\\x80')
    expect(escapeBytes(bytes(0xe2, 0x82))).toBe('\\xe2\\x82')
    expect(escapeBytes(bytes(0xe2, 0x82, 0x41))).toBe('\\xe2\\x82A')
    expect(escapeBytes(bytes(0xef, 0xbf, 0xbe))).toBe('\\xef\\xbf\\xbe')
  })

  test('L9: names of properties and format directives are plain text', () => {
    for (const text of ['__proto__', 'constructor', '%s%n%o', '%c'])
      expect(escapeBytes(utf8(text))).toBe(text)
  })

  test('L10: long text is cut, and says by how much', () => {
    const cut = escapeBytes(utf8('u'.repeat(4096)))
    expect(cut).toBe(`${'u'.repeat(ESCAPED_BYTES_MAX)}…(+${4096 - ESCAPED_BYTES_MAX})`)
    expect(escapeBytes(utf8('abc'), 3)).toBe('abc')
    expect(escapeBytes(utf8('ab文'), 4)).toBe('ab…(+3)')
    expect(escapeBytes(utf8('abc'), 0)).toBe('…(+3)')
  })
})
