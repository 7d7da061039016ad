/**
 * Peer bytes as text for records, replies and terminals. The result is one line, shows every byte,
 * holds nothing that a terminal would act on, and tells any two byte strings apart: valid UTF-8 is
 * kept where it is visible, `\` becomes `\\`, every other byte becomes `\xNN`. It is meant for
 * looking; bytes that are sent on are never taken from it.
 */

/** Bytes of a peer's text that a record shows before it is cut. */
export const ESCAPED_BYTES_MAX = 512

/**
 * Characters that act instead of being seen: C0 and C1 controls (the 8-bit CSI is U+009B), line and
 * paragraph separators, bidirectional controls, zero-width and other ignorable characters, tags,
 * and code points that are not characters.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u

/** Nothing to escape, as nearly all that peers say. */
const PLAIN = /^[ -[\]-~]*$/

/** Bytes of a well-formed UTF-8 character; 0 where there is none. */
type CharacterLength = 0 | 1 | 2 | 3 | 4

/**
 * Escapes `bytes`. Of more than `limit` bytes the longest run of whole characters that fits is
 * shown, followed by `…(+n)` with the number of bytes left out.
 */
export function escapeBytes(bytes: Uint8Array, limit: number = ESCAPED_BYTES_MAX): string {
  if (bytes.length <= limit) {
    const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    if (PLAIN.test(plain)) return plain
  }
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const length = characterLength(bytes, at)
    const size = Math.max(1, length)
    if (at + size > limit) return `${text}…(+${bytes.length - at})`
    text += escapeOne(bytes, at, length)
    at += size
  }
  return text
}

function escapeOne(bytes: Uint8Array, at: number, length: CharacterLength): string {
  if (length === 0) return hex(bytes[at] ?? 0)
  if (length === 1) return escapeAscii(bytes[at] ?? 0)
  const character = String.fromCodePoint(codePoint(bytes, at, length))
  if (!INVISIBLE.test(character)) return character
  let text = ''
  for (let index = at; index < at + length; index++) text += hex(bytes[index] ?? 0)
  return text
}

function escapeAscii(byte: number): string {
  if (byte === 0x5c) return '\\\\'
  return byte < 0x20 || byte === 0x7f ? hex(byte) : String.fromCharCode(byte)
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/**
 * The ranges are those of the Unicode Standard, table 3-7: no overlong form, no surrogate, nothing
 * above U+10FFFF. A lenient decoder would show two different byte strings as one text.
 */
function characterLength(bytes: Uint8Array, at: number): CharacterLength {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  const second = bytes[at + 1] ?? 0
  if (second < lowestSecond(first) || second > highestSecond(first)) return 0
  if (first < 0xe0) return 2
  if (!isContinuation(bytes[at + 2])) return 0
  if (first < 0xf0) return 3
  return isContinuation(bytes[at + 3]) ? 4 : 0
}

function lowestSecond(first: number): number {
  return first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
}

function highestSecond(first: number): number {
  return first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf
}

function codePoint(bytes: Uint8Array, at: number, length: 2 | 3 | 4): number {
  let value = (bytes[at] ?? 0) & (0x7f >> length)
  for (let index = at + 1; index < at + length; index++)
    value = (value << 6) | ((bytes[index] ?? 0) & 0x3f)
  return value
}
