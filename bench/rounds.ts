/** The same for everybody, in turns, so that a machine whose speed drifts is unfair to nobody. */

/** Who takes part. */
export interface Contender {
  readonly peer: { readonly name: string }
}

/** What one peer did in each round; the rounds of all are side by side. */
export type Rounds<T> = ReadonlyMap<string, readonly T[]>

export async function takeTurns<C extends Contender, T>(
  contenders: readonly C[],
  rounds: number,
  measure: (contender: C) => Promise<T>,
): Promise<Rounds<T>> {
  const found = new Map<string, T[]>(contenders.map(({ peer }) => [peer.name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length
    for (const one of [...contenders.slice(first), ...contenders.slice(0, first)])
      found.get(one.peer.name)?.push(await measure(one))
  }
  return found
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** The median over rounds of what `a` had for each of what `b` had in the same round. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / (b[round] ?? Number.NaN)))
}
