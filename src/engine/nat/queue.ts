/**
 * First in, first out. An array is moved for each element that leaves it at the front, and a Map or Set
 * goes over all that have left to find the first; here that happens once for many.
 */
export class Queue<T> {
  #items: T[]
  #left = 0

  constructor(items: Iterable<T> = []) {
    this.#items = [...items]
  }

  get size(): number {
    return this.#items.length - this.#left
  }

  get first(): T | undefined {
    return this.#items[this.#left]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the first out; where there is none, what has left is forgotten all the same. */
  shift(): T | undefined {
    const item = this.#items[this.#left]
    this.#left += 1
    if (this.#left > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#left)
      this.#left = 0
    }
    return item
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#left; at < this.#items.length; at++) yield this.#items[at] as T
  }
}
