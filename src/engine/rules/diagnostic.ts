/**
 * A problem in a rule file, where it is, and how it is shown. Rule files may come from anywhere,
 * so what is quoted from them is cut to a bearable length and cannot steer a terminal.
 */
export type Severity = 'error' | 'warning'

export interface Diagnostic {
  readonly severity: Severity
  /** The name the file was loaded under. */
  readonly file: string
  /** Counted from 1; 0 when the problem is the file as a whole (it cannot be read). */
  readonly line: number
  /** Counted from 1 in UTF-16 units; 0 together with `line`. */
  readonly column: number
  /** How much of the line is meant, in UTF-16 units; at least 1. */
  readonly length: number
  readonly message: string
  /** The whole line as it stands in the file, without its line ending. */
  readonly sourceLine: string
}

/** A stretch of a file's text, as offsets in UTF-16 units; `end` is not part of it. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** `file:line:column`, as editors and terminals make links of. */
export function formatPosition(place: Pick<Diagnostic, 'file' | 'line' | 'column'>): string {
  return harmless(place.line === 0 ? place.file : `${place.file}:${place.line}:${place.column}`)
}

/**
 * One or three lines: `file:line:column severity message`, then the line in question, then carets
 * under the part that is meant.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const heading = `${formatPosition(diagnostic)} ${diagnostic.severity} ${harmless(diagnostic.message)}`
  if (diagnostic.line === 0 || diagnostic.sourceLine.trim() === '') return heading
  const { excerpt, offset } = excerptOf(diagnostic.sourceLine, diagnostic.column - 1)
  const length = Math.max(1, Math.min(diagnostic.length, excerpt.length - offset))
  return `${heading}\n  ${harmless(excerpt)}\n  ${' '.repeat(offset)}${'^'.repeat(length)}`
}

/** A piece of a rule file in double quotes, cut short and with control characters escaped. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value)
  return JSON.stringify(text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text)
}

const QUOTED_MAX = 60
/** A file of 10 MB may be one line; nobody reads more of it than this. */
const EXCERPT_MAX = 100

function excerptOf(line: string, at: number): { excerpt: string; offset: number } {
  if (line.length <= EXCERPT_MAX) return { excerpt: line, offset: at }
  const start = Math.max(0, Math.min(at - EXCERPT_MAX / 2, line.length - EXCERPT_MAX))
  const end = start + EXCERPT_MAX
  const before = start > 0 ? '…' : ''
  const after = end < line.length ? '…' : ''
  return {
    excerpt: `${before}${line.slice(start, end)}${after}`,
    offset: at - start + before.length,
  }
}

/** One column for one column, so that the carets stay under what they point at. */
function harmless(text: string): string {
  return text.replaceAll('\t', ' ').replaceAll(STEERING, '\ufffd')
}

/** Control characters, line separators, and marks that change the direction of writing. */
const STEERING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
