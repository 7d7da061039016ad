/**
 * Patterns of file and user names: `*` is any bytes, `?` one byte, and ASCII letters are the same in
 * either case, because for many servers they are. No regular expression: what a client sends cannot
 * make a match slow. A star is tried from left to right and none is ever taken back for an earlier
 * one, so the time is at most the length of the name times that of the pattern.
 */
export interface Pattern {
  /** As it was written. */
  readonly text: string
  /** In UTF-8, with small letters. */
  readonly bytes: Uint8Array
}

/** A pattern longer than this is a mistake; it bounds what a match costs. */
export const PATTERN_BYTES_MAX = 128

const STAR = 0x2a
const QUESTION_MARK = 0x3f

export function compilePattern(text: string): Pattern {
  return { text, bytes: Uint8Array.from(Buffer.from(text, 'utf8'), fold) }
}

/** Whether the whole of `name` is what the pattern says. */
export function matchesPattern({ bytes: pattern }: Pattern, name: Uint8Array): boolean {
  let at = 0
  let from = 0
  let star = -1
  let starFrom = 0
  while (from < name.length) {
    const wanted = pattern[at]
    if (wanted === STAR) {
      star = at
      starFrom = from
      at += 1
    } else if (wanted === QUESTION_MARK || (wanted !== undefined && wanted === fold(name[from]))) {
      at += 1
      from += 1
    } else if (star === -1) {
      return false
    } else {
      // The last star takes one byte more.
      starFrom += 1
      from = starFrom
      at = star + 1
    }
  }
  while (pattern[at] === STAR) at += 1
  return at === pattern.length
}

function fold(byte: number | undefined): number {
  const value = byte ?? 0
  return value >= 0x41 && value <= 0x5a ? value + 0x20 : value
}
