/** What goes on inside of Portcullis, each part beside the least that would do. */
import type { Comparison, Effort } from '../comparison.ts'
import { compareLengths, compareLines, compareSessionsAlone, compareTls } from './engine.ts'
import { comparePacketLog } from './packet-log.ts'
import { comparePinholes } from './pinholes.ts'
import { compareLoading, compareVerdicts } from './verdicts.ts'

const QUICK_RULES = 10_000
const FULL_RULES = 100_000

/** One after the other, for they share this process. A single round is a quick look. */
export async function compareInternals({
  rounds,
}: Pick<Effort, 'rounds'>): Promise<readonly Comparison[]> {
  const questions: readonly (() => Promise<Comparison>)[] = [
    () => compareSessionsAlone(rounds),
    () => compareLines(rounds),
    () => compareLengths(rounds),
    () => compareTls(rounds),
    () => comparePacketLog(rounds),
    () => comparePinholes(rounds),
    // Last, since as many rules are much for the garbage collector to go over.
    () => compareVerdicts(rounds),
    () => compareLoading(rounds, rounds === 1 ? QUICK_RULES : FULL_RULES),
  ]
  const comparisons: Comparison[] = []
  for (const ask of questions) comparisons.push(await ask())
  return comparisons
}
