/** Several values under one key, in the order in which they came. A key without values is no more. */
export class Multimap<Value> {
  readonly #values = new Map<string, Value[]>()
  #size = 0

  add(key: string, value: Value): void {
    const sharing = this.#values.get(key)
    if (sharing === undefined) this.#values.set(key, [value])
    else sharing.push(value)
    this.#size += 1
  }

  /** Takes a value out; unknown ones are ignored. */
  remove(key: string, value: Value): void {
    const sharing = this.#values.get(key)
    if (sharing === undefined) return
    const index = sharing.indexOf(value)
    if (index === -1) return
    sharing.splice(index, 1)
    this.#size -= 1
    if (sharing.length === 0) this.#values.delete(key)
  }

  at(key: string): readonly Value[] {
    return this.#values.get(key) ?? []
  }

  *values(): Iterable<Value> {
    for (const sharing of this.#values.values()) yield* sharing
  }

  /** How many values there are. */
  get size(): number {
    return this.#size
  }

  /** How many keys have values. */
  get keyCount(): number {
    return this.#values.size
  }
}
