/**
 * Work that is done in built-in methods, which no coverage sees: each is replaced by one that does the
 * same and then counts how far it went.
 */
type Method = (this: { readonly length: number }, ...given: readonly unknown[]) => unknown

/** Elements that a call went over. */
type Walked = (length: number, given: readonly unknown[], result: unknown) => number

const EVERYTHING: Walked = (length) => length
const SEARCH: Walked = (length, [, from], result) => {
  const start = typeof from === 'number' ? Math.max(0, from) : 0
  return (typeof result === 'number' && result >= 0 ? result + 1 : length) - start
}
const RESULT: Walked = (_, __, result) => (result as ArrayLike<unknown>).length
const SOURCE: Walked = (_, [source]) => (source as ArrayLike<unknown>).length

/** Those that go over what they are called on, or move it. Iteration is code of ours, and is counted so. */
const METHODS: Readonly<Record<string, Walked>> = {
  copyWithin: EVERYTHING,
  fill: EVERYTHING,
  includes: SEARCH,
  indexOf: SEARCH,
  join: EVERYTHING,
  lastIndexOf: EVERYTHING,
  reverse: EVERYTHING,
  set: SOURCE,
  shift: EVERYTHING,
  slice: RESULT,
  sort: EVERYTHING,
  splice: EVERYTHING,
  toSorted: EVERYTHING,
  toSpliced: EVERYTHING,
  unshift: EVERYTHING,
}

const PROTOTYPES: readonly object[] = [
  Array.prototype,
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Buffer.prototype,
]

export class Walk {
  #elements = 0

  constructor() {
    for (const prototype of PROTOTYPES)
      for (const [name, walked] of Object.entries(METHODS)) this.#replace(prototype, name, walked)
  }

  /** Elements since the last time. */
  take(): number {
    const elements = this.#elements
    this.#elements = 0
    return elements
  }

  #replace(prototype: object, name: string, walked: Walked): void {
    const original = Object.getOwnPropertyDescriptor(prototype, name)
    if (original === undefined) return
    const method = original.value as Method
    const note = (elements: number): void => {
      this.#elements += elements
    }
    const counted: Method = function (...given) {
      const { length } = this
      const result = Reflect.apply(method, this, given)
      note(walked(length, given, result))
      return result
    }
    Object.defineProperty(prototype, name, { ...original, value: counted })
  }
}
