/** Random numbers that are the same for the same seed, on every machine. */

/** A whole number from 0 up to, not including, `below`. */
export type Random = (below: number) => number

/** Mulberry32: 32 bits of state are plenty for choosing mutations. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below)
  }
}

export function pick<T>(from: readonly T[], random: Random): T {
  const one = from[random(from.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
