/** Choices that a seed decides: the same seed and number give the same choices. */

/** How far apart the numbers of one seed lie: the golden ratio, in 32 bits. */
const STRIDE = 0x9e37_79b9

/** Mulberry32: small, and even enough for choosing. */
export class Random {
  #state: number

  constructor(seed: number, stream: number) {
    this.#state = (seed ^ Math.imul(stream + 1, STRIDE)) >>> 0
    // The first numbers of neighbouring streams are alike.
    for (let round = 0; round < 4; round++) this.fraction()
  }

  /** From 0 to less than 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.fraction() < share
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.whole(0, choices.length - 1)]
    if (chosen === undefined) throw new Error('there is nothing to choose from')
    return chosen
  }
}
