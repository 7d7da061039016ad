/**
 * YAML nodes to plain values: null-prototype objects, arrays, texts, plain decimal numbers,
 * booleans and null. Tags are refused, and aliases that multiply or contain themselves.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar } from 'yaml'
import { NESTING_MAX } from './compose.ts'
import { quote, type Span } from './diagnostic.ts'
import type { SourceText } from './source-text.ts'

/** Values that aliases may stand for in all, so that aliases of aliases cannot multiply. */
const ALIASED_VALUES_MAX = 100_000

export class PlainValues {
  /** What each alias stands for. */
  readonly targets: Map<Alias, unknown> = new Map()
  /** Whether values are missing because they were refused; what is left proves nothing then. */
  isIncomplete = false
  readonly #source: SourceText
  readonly #anchors: Map<string, unknown> = new Map()
  /** The collections around the current node. */
  readonly #open: Set<unknown> = new Set()
  #aliasedLeft: number = ALIASED_VALUES_MAX

  constructor(source: SourceText) {
    this.#source = source
  }

  convert(node: unknown, depth: number = 0, isAliased: boolean = false): unknown {
    if (depth > NESTING_MAX)
      return this.#refuse(node, `nested more than ${NESTING_MAX} levels deep`)
    if (isAliased && --this.#aliasedLeft < 0) {
      this.isIncomplete = true
      if (this.#aliasedLeft < -1) return undefined
      return this.#refuse(node, 'the aliases of this file stand for too many values')
    }
    if (isAlias(node)) return this.#convertAlias(node, depth)
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (node.tag !== undefined)
      return this.#refuse(node, `YAML tags (${node.tag}) mean nothing here`)
    if (isScalar(node)) return scalarValue(node)
    const convertChild = (child: unknown): unknown => this.convert(child, depth + 1, isAliased)
    this.#open.add(node)
    const value = isSeq(node)
      ? node.items.map(convertChild)
      : this.#convertPairs(node.items, convertChild)
    this.#open.delete(node)
    return value
  }

  #convertAlias(alias: Alias, depth: number): unknown {
    const target = this.#anchors.get(alias.source)
    if (target === undefined)
      return this.#refuse(alias, `no anchor &${alias.source} before this alias`)
    if (this.#open.has(target))
      return this.#refuse(alias, `the alias *${alias.source} contains itself`)
    this.targets.set(alias, target)
    return this.convert(target, depth + 1, true)
  }

  #convertPairs(pairs: readonly Pair[], convert: (node: unknown) => unknown): unknown {
    const object = Object.create(null) as Record<string, unknown>
    const keys = new Map<string, unknown>()
    for (const pair of pairs) {
      const key = keyText(pair)
      const value = convert(pair.value)
      const keySpan = spanOf(pair.key)
      if (key === undefined) {
        this.#refuse(pair.key, 'a key is a single word')
      } else if (keys.has(key)) {
        const earlier = this.#source.position(spanOf(keys.get(key)))
        const message = `duplicate key ${quote(key)}: it is already given at ${earlier}`
        this.#source.report('error', keySpan, message)
      } else if (key === '__proto__') {
        this.#source.report('error', keySpan, `unknown key ${quote(key)}`)
      } else {
        keys.set(key, pair.key)
        object[key] = value
      }
    }
    return object
  }

  #refuse(node: unknown, message: string): undefined {
    this.isIncomplete = true
    this.#source.report('error', spanOf(node), message)
  }
}

/** Numbers only as plain decimal digits: `021`, `0x15` and `21.0` stay text and are judged so. */
function scalarValue({ value, source }: Scalar): unknown {
  if (typeof value !== 'number' || source === undefined) return value
  return /^(?:0|[1-9]\d{0,14})$/.test(source) ? value : source
}

/** The key as it is written; `undefined` when it is not a single word. */
export function keyText(pair: Pair): string | undefined {
  const key: unknown = pair.key
  if (!isScalar(key) || key.value === null) return undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? JSON.stringify(key.value))
}

export function spanOf(node: unknown): Span {
  const range =
    isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 }
}
