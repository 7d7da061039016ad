/**
 * How wide text is on a terminal, and cutting it to a width. Wide are the East Asian and emoji
 * blocks (Unicode Standard Annex 11); a combining mark takes no room of its own.
 */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

const NO_WIDTH = /\p{M}/u

/** What a terminal would act upon. Records hold none of it, but a log that was tampered with may. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Nearly all text, and by far the fastest to measure. */
const ASCII = /^[ -~]*$/

const ELLIPSIS = '…'

/** Columns that `text` takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Exactly `width` columns: cut with an ellipsis, or filled with blanks. */
export function fit(text: string, width: number): string {
  const shown = cut(text, width)
  return shown + ' '.repeat(width - textWidth(shown))
}

/** At most `width` columns, on one line, with nothing that a terminal would act upon. */
export function cut(text: string, width: number): string {
  const inert = ASCII.test(text) ? text : text.replace(ACTIVE, '\ufffd')
  if (textWidth(inert) <= width) return inert
  let shown = ''
  let used = ELLIPSIS.length
  for (const character of inert) {
    used += characterWidth(character)
    if (used > width) break
    shown += character
  }
  return width < 1 ? '' : shown + ELLIPSIS
}

/** Breaks `text` between words into lines of at most `width` columns; the last of `linesMax` is cut. */
export function wrap(text: string, width: number, linesMax: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || lines.length + 1 === linesMax || textWidth(longer) <= width) {
      line = longer
      continue
    }
    lines.push(line)
    line = word
  }
  return [...lines, line].map((each) => cut(each, width))
}

function characterWidth(character: string): 0 | 1 | 2 {
  if (WIDE.test(character)) return 2
  return NO_WIDTH.test(character) ? 0 : 1
}
