/**
 * Who needs which element. Sessions of one client with one server share the elements of their
 * ranges, and a server may announce a port a second time before the first pinhole to it is closed:
 * an element is added by its first holder and deleted with its last one.
 */
import { adding, type Command, deleting, type Element, renewing } from './elements.ts'

interface Held {
  readonly element: Element
  holders: number
}

export class ElementHolders {
  readonly #held = new Map<string, Held>()

  /** Elements in use. */
  get size(): number {
    return this.#held.size
  }

  /**
   * Commands that let one more holder have `elements`; `undefined`, and nothing is held, where a map
   * already leads somebody else elsewhere.
   */
  take(elements: readonly Element[]): readonly Command[] | undefined {
    for (const element of elements) {
      const held = this.#held.get(nameOf(element))
      if (held !== undefined && held.element.value !== element.value) return undefined
    }
    const commands: Command[] = []
    for (const element of elements) {
      const name = nameOf(element)
      const held = this.#held.get(name)
      this.#held.set(name, { element, holders: (held?.holders ?? 0) + 1 })
      commands.push(...(held === undefined ? adding(element) : renewing(element)))
    }
    return commands
  }

  /** Commands that delete what the last holder gave up. */
  release(elements: readonly Element[]): readonly Command[] {
    const commands: Command[] = []
    for (const element of elements) {
      const name = nameOf(element)
      const held = this.#held.get(name)
      if (held === undefined) continue
      held.holders -= 1
      if (held.holders > 0) continue
      this.#held.delete(name)
      commands.push(...deleting(held.element))
    }
    return commands
  }

  /** Commands that put back what a connection took and others still wait for. */
  restore(elements: readonly Element[]): readonly Command[] {
    return elements
      .filter((element) => (this.#held.get(nameOf(element))?.holders ?? 0) > 1)
      .flatMap(renewing)
  }
}

function nameOf({ set, key }: Element): string {
  return `${set} ${key}`
}
