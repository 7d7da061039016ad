/**
 * The ports of a range in random order: each is drawn once, and again only after it was put back. It is
 * a shuffle that goes no further than it is asked to (Fisher and Yates), and of which only what is not
 * in its own place is kept, so that neither a draw nor memory depends on how large the range is.
 */
import { type Port, type PortRange, rangeHas, rangeSize } from '../../net/port.ts'

/** A whole number from 0 to `below - 1`, each equally likely. */
export type RandomInteger = (below: number) => number

export class PortPool {
  readonly range: PortRange
  /** Places before this one hold what was drawn. */
  #start: number
  /** Ports that are not in their own place, by place; places count from 0. */
  readonly #moved = new Map<number, Port>()

  /** Ports of `drawn` count as drawn already, where they are of the range. */
  constructor(range: PortRange, drawn: Iterable<Port> = []) {
    this.range = range
    const places = new Set<number>()
    for (const port of drawn) if (rangeHas(range, port)) places.add(port - range.first)
    this.#start = places.size
    const vacant = [...places].filter((place) => place >= this.#start)
    for (let place = 0; place < this.#start; place++) {
      const to = places.has(place) ? undefined : vacant.pop()
      if (to !== undefined) this.#moved.set(to, this.#portAt(place))
    }
  }

  /** Any of those that are left, each equally likely. */
  draw(random: RandomInteger): Port | undefined {
    const left = rangeSize(this.range) - this.#start
    if (left === 0) return undefined
    const place = this.#start + random(left)
    const port = this.#portAt(place)
    this.#moved.set(place, this.#portAt(this.#start))
    this.#moved.delete(this.#start)
    this.#start += 1
    return port
  }

  /** A port that was drawn, and not put back since. One of another range is none of ours. */
  putBack(port: Port): void {
    if (!rangeHas(this.range, port)) return
    this.#start -= 1
    this.#moved.set(this.#start, port)
  }

  #portAt(place: number): Port {
    return this.#moved.get(place) ?? ((this.range.first + place) as Port)
  }
}
