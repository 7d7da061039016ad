/** The smallest input found that still does the same. */

/** Attempts; a large input that is slow to fail is left larger. */
const ATTEMPTS_MAX = 3_000

/** Takes parts and then bytes away as long as `isStill` says yes. */
export function minimise(
  input: Uint8Array,
  parts: (input: Uint8Array) => readonly Uint8Array[],
  isStill: (input: Uint8Array) => boolean,
): Uint8Array {
  let attempts = 0
  const accepts = (candidate: Uint8Array): boolean => {
    attempts += 1
    return attempts <= ATTEMPTS_MAX && isStill(candidate)
  }
  const fewer = Buffer.concat(withoutMost(parts(input), (left) => accepts(Buffer.concat(left))))
  const bytes = Array.from(fewer, (byte) => Uint8Array.of(byte))
  return Buffer.concat(withoutMost(bytes, (left) => accepts(Buffer.concat(left))))
}

/** Leaves out runs of halving length until not one element can be spared. */
function withoutMost(
  all: readonly Uint8Array[],
  isEnough: (left: readonly Uint8Array[]) => boolean,
): readonly Uint8Array[] {
  let left = all
  for (let length = Math.ceil(left.length / 2); length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at < left.length; ) {
      const without = left.toSpliced(at, length)
      if (without.length < left.length && isEnough(without)) left = without
      else at += length
    }
  }
  return left
}
