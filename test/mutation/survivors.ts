/**
 * The mutants that no test kills because they change nothing that can be observed. Each is argued in
 * survivors.json, and found there by its text, so that an edit elsewhere in the file moves nothing.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_ROOT } from '../support/project-root.ts'

/** A change of one place, by its text; runs of white space count as one space. */
export interface Change {
  readonly file: string
  /** Stryker's name of the kind of change. */
  readonly mutator: string
  /** The line in which `original` begins. */
  readonly line: string
  readonly original: string
  readonly replacement: string
}

export interface ArguedSurvivor extends Change {
  /** Why nobody can observe the change. */
  readonly reason: string
}

export type Fate = 'killed' | 'timeout' | 'survived'

export interface Mutant extends Change {
  readonly fate: Fate
}

export interface Verdict {
  readonly unargued: readonly Mutant[]
  /** Entries of the list whose mutant was killed, or is no more. */
  readonly stale: readonly ArguedSurvivor[]
}

export function arguedSurvivors(): readonly ArguedSurvivor[] {
  const text = readFileSync(join(PROJECT_ROOT, 'test/mutation/survivors.json'), 'utf8')
  return JSON.parse(text) as ArguedSurvivor[]
}

/** One entry speaks for one survivor: where two changes read alike, each needs its own. */
export function judge(mutants: readonly Mutant[], argued: readonly ArguedSurvivor[]): Verdict {
  const stale = [...argued]
  const unargued = mutants.filter((mutant) => {
    if (mutant.fate !== 'survived') return false
    const index = stale.findIndex((entry) => isSame(entry, mutant))
    if (index !== -1) stale.splice(index, 1)
    return index === -1
  })
  return { unargued, stale }
}

/** Markdown: a row for each file, and one for all. */
export function table(mutants: readonly Mutant[], unargued: readonly Mutant[]): string {
  const files = [...new Set(mutants.map(({ file }) => file))]
  return [
    '| file | mutants | killed | timeout | argued | unargued | score |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...files.map((file) =>
      row(
        file,
        mutants.filter((mutant) => mutant.file === file),
        unargued,
      ),
    ),
    row('all', mutants, unargued),
  ].join('\n')
}

/** The score leaves out what is argued: 100 means that nothing is left to do. */
function row(name: string, mutants: readonly Mutant[], allUnargued: readonly Mutant[]): string {
  const count = (fate: Fate): number => mutants.filter((mutant) => mutant.fate === fate).length
  const unargued = mutants.filter((mutant) => allUnargued.includes(mutant)).length
  const detected = count('killed') + count('timeout')
  const score = (100 * detected) / Math.max(1, detected + unargued)
  const cells = [
    name,
    mutants.length,
    count('killed'),
    count('timeout'),
    count('survived') - unargued,
    unargued,
    score.toFixed(1),
  ]
  return `| ${cells.join(' | ')} |`
}

function isSame(one: Change, other: Change): boolean {
  return (['file', 'mutator', 'line', 'original', 'replacement'] as const).every(
    (key) => one[key] === other[key],
  )
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
