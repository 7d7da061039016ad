/** The text of one rule file, and every problem found in it with its line and column. */
import { LineCounter } from 'yaml'
import { type Diagnostic, formatPosition, type Severity, type Span } from './diagnostic.ts'

/** One rule file, already read. `name` is shown in diagnostics, usually the path. */
export interface RuleSource {
  readonly name: string
  readonly text: string
}

export class SourceText {
  readonly name: string
  /** Without a byte order mark. */
  readonly text: string
  /** Filled by the parser of the text: until then everything is on line 1. */
  readonly lines: LineCounter = new LineCounter()
  readonly #diagnostics: Diagnostic[] = []

  constructor(source: RuleSource) {
    this.name = source.name
    this.text = source.text.replace(/^\ufeff/, '')
  }

  /** Everything reported so far, in the order of reporting. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics
  }

  report(severity: Severity, span: Span, message: string): void {
    this.#diagnostics.push({ severity, message, ...this.#place(span) })
  }

  /** `file:line:column` of where the span begins. */
  position(span: Span): string {
    return formatPosition(this.#place(span))
  }

  /** The line that the span begins in. */
  lineOf(span: Span): string {
    return this.#place(span).sourceLine
  }

  #place(span: Span): Omit<Diagnostic, 'severity' | 'message'> {
    const start = Math.min(span.start, this.text.length)
    const { line, col } = this.lines.linePos(start)
    const lineStart = this.lines.lineStarts[line - 1] ?? 0
    const next = this.lines.lineStarts[line]
    const sourceLine = this.text
      .slice(lineStart, next === undefined ? undefined : next - 1)
      .replace(/[\r\n]+$/, '')
    const lineEnd = lineStart + sourceLine.length
    return {
      file: this.name,
      line: Math.max(1, line),
      column: Math.max(1, line === 0 ? 1 : col),
      length: Math.max(1, Math.min(span.end, lineEnd) - start),
      sourceLine,
    }
  }
}
