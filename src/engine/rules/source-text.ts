/** The text of one rule file, and every problem found in it with its line and column. */
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
  /** Where each line begins. Not the YAML parser's count, which misses lines after an error. */
  readonly #lineStarts: readonly number[]
  readonly #diagnostics: Diagnostic[] = []

  constructor(source: RuleSource) {
    this.name = source.name
    this.text = source.text.replace(/^\ufeff/, '')
    const starts = [0]
    for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1))
      starts.push(at + 1)
    this.#lineStarts = starts
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
    const line = this.#lineAt(start)
    const lineStart = this.#lineStarts[line] ?? 0
    const next = this.#lineStarts[line + 1]
    const sourceLine = this.text
      .slice(lineStart, next === undefined ? undefined : next - 1)
      .replace(/\r$/, '')
    const lineEnd = lineStart + sourceLine.length
    return {
      file: this.name,
      line: line + 1,
      column: start - lineStart + 1,
      length: Math.max(1, Math.min(span.end, lineEnd) - start),
      sourceLine,
    }
  }

  /** The line that an offset is in, from 0. */
  #lineAt(offset: number): number {
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low
  }
}
