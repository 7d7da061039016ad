/** The same for everybody, in turns, so that a machine whose speed drifts is unfair to nobody. */
import type { BenchStage } from './stage.ts'

/** What one peer did in each round; the rounds of all are side by side. */
export type Rounds<T> = ReadonlyMap<string, readonly T[]>

export async function takeTurns<T>(
  stages: readonly BenchStage[],
  rounds: number,
  measure: (stage: BenchStage) => Promise<T>,
): Promise<Rounds<T>> {
  const found = new Map<string, T[]>(stages.map(({ peer }) => [peer.name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % stages.length
    for (const stage of [...stages.slice(first), ...stages.slice(0, first)])
      found.get(stage.peer.name)?.push(await measure(stage))
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
