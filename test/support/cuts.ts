/** Ways to cut a write into TCP segments. None of them may change anything (I6). */

/** The segments of one write; `ordinal` counts the writes of the dialogue from 0. */
export type Cut = (bytes: Uint8Array, ordinal: number) => readonly Uint8Array[]

export function inOnePiece(bytes: Uint8Array): readonly Uint8Array[] {
  return [bytes]
}

export function byteByByte(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte))
}

/** Cuts one write before its byte `at`, and no other. */
export function cutOnce(ordinal: number, at: number): Cut {
  return (bytes, index) => (index === ordinal ? cutBefore(bytes, [at]) : [bytes])
}

/** Cuts every write before its byte `at`, as far as it has so many. */
export function cutEach(at: number): Cut {
  return (bytes) => cutBefore(bytes, [at])
}

/** Cuts write `n` at the n-th list of places between 0 and 1, over and over. */
export function cutAtFractions(places: readonly (readonly number[])[]): Cut {
  return (bytes, ordinal) => {
    const fractions = places[ordinal % Math.max(1, places.length)] ?? []
    return cutBefore(
      bytes,
      fractions.map((fraction) => Math.floor(fraction * bytes.length)),
    )
  }
}

/** Cuts before each of `places`, as far as they are inside. */
export function cutBefore(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const inside = places.filter((place) => place > 0 && place < bytes.length)
  const edges = [0, ...inside.toSorted((a, b) => a - b), bytes.length]
  return edges
    .slice(1)
    .map((edge, index) => bytes.subarray(edges[index], edge))
    .filter((segment) => segment.length > 0)
}
