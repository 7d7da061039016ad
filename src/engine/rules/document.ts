/** One rule file as a plain value, and the way back from a value to its place in the text. */
import { isAlias, isMap, isSeq } from 'yaml'
import { compose } from './compose.ts'
import type { Diagnostic, Severity, Span } from './diagnostic.ts'
import { keyText, PlainValues, spanOf } from './plain-value.ts'
import { type RuleSource, SourceText } from './source-text.ts'

/** From the root of a document down to a value: keys, and positions in lists. */
export type Path = readonly (string | number)[]

export class RuleDocument {
  /** `undefined` when the text could not be read as a whole; `diagnostics` then say why. */
  readonly value: unknown
  readonly #source: SourceText
  readonly #root: unknown
  readonly #values: PlainValues

  /** Never throws, whatever the text is. */
  constructor(source: RuleSource) {
    this.#source = new SourceText(source)
    this.#values = new PlainValues(this.#source)
    this.#root = compose(this.#source)
    const value = this.#root === undefined ? undefined : this.#values.convert(this.#root)
    this.value = this.#values.isIncomplete ? undefined : value
  }

  /** Everything reported so far, in the order of reporting. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#source.diagnostics
  }

  /** Adds a problem with the value at `path`, or with the nearest value around it that exists. */
  report(severity: Severity, path: Path, message: string): void {
    this.#source.report(severity, this.#find(path).value, message)
  }

  /** Adds a problem with the last key of `path` rather than with its value. */
  reportKey(severity: Severity, path: Path, message: string): void {
    this.#source.report(severity, this.#find(path).key, message)
  }

  /** Whether there is something at `path`. */
  has(path: Path): boolean {
    return this.#find(path).isFound
  }

  /** `file:line:column` of the value at `path`. */
  position(path: Path): string {
    return this.#source.position(this.#find(path).value)
  }

  #find(path: Path): { key: Span; value: Span; isFound: boolean } {
    let node = this.#root
    let value = spanOf(node)
    let key = value
    let depth = 0
    for (const step of path) {
      if (isAlias(node)) node = this.#values.targets.get(node)
      if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
        node = node.items[step]
        value = spanOf(node)
        key = value
      } else if (isMap(node)) {
        const pair = node.items.find((candidate) => keyText(candidate) === step)
        if (pair === undefined) break
        node = pair.value
        key = spanOf(pair.key)
        value = node === null ? key : spanOf(node)
      } else break
      depth += 1
    }
    return { key, value, isFound: depth === path.length }
  }
}
