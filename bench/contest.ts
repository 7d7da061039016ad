/** Ways of doing one thing, in turns. */
import type { Comparison, Row } from './comparison.ts'
import { median, medianRatio, type Rounds, takeTurns } from './rounds.ts'

export type Figures = Readonly<Record<string, number>>

export interface Way {
  readonly peer: { readonly name: string }
  readonly measure: () => Figures | Promise<Figures>
}

export type Question = Pick<Comparison, 'id' | 'title' | 'figure' | 'isMoreBetter'>

export function way(name: string, measure: Way['measure']): Way {
  return { peer: { name }, measure }
}

export async function contest(
  question: Question,
  rounds: number,
  ways: readonly Way[],
): Promise<Comparison> {
  const found = await takeTurns(ways, rounds, async ({ peer, measure }) => {
    try {
      return await measure()
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      throw new Error(`${peer.name}: ${question.title}: ${cause}`, { cause: error })
    }
  })
  const rows = ways.map(
    ({ peer }): Row => ({ peer: peer.name, figures: medians(found.get(peer.name) ?? []) }),
  )
  const ratio = (a: string, b: string, figure = question.figure): number =>
    medianRatio(valuesOf(found, a, figure), valuesOf(found, b, figure))
  return { ...question, rounds, rows, ratio }
}

function medians(each: readonly Figures[]): Figures {
  const names = Object.keys(each[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [name, median(each.map((figures) => figures[name] ?? Number.NaN))]),
  )
}

function valuesOf(found: Rounds<Figures>, way: string, name: string): readonly number[] {
  return (found.get(way) ?? []).map((figures) => figures[name] ?? Number.NaN)
}
