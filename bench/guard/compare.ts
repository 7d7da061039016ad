/** What was counted beside the baseline, which is what was counted when somebody last looked at it. */
import { type Counted, type Counts, sumOf } from './counts.ts'

/** A part of the baseline. */
export const TOLERANCE = 0.1

const NOTHING: Counts = { code: {}, walked: 0, allocated: 0 }

/** Folders in which less of the code ran than this part are not looked at by themselves. */
const SMALL_PART = 0.02

export interface Change {
  readonly dialogue: string
  /** What was counted. */
  readonly count: string
  readonly baseline: number
  readonly now: number
}

/**
 * Where the two differ by more than {@link TOLERANCE}: less, too, for then the baseline would hide
 * the next loss. What memory holds is comparable on the same major version of Node only.
 */
export function compare(baseline: Counted, now: Counted): readonly Change[] {
  const names = new Set([...Object.keys(baseline.dialogues), ...Object.keys(now.dialogues)])
  return [...names].flatMap((dialogue) =>
    compareCounts(baseline.dialogues[dialogue], now.dialogues[dialogue])
      .filter(({ count }) => count !== 'allocated' || baseline.node === now.node)
      .filter(isBeyond)
      .map((change) => ({ dialogue, ...change })),
  )
}

function compareCounts(
  before: Counts | undefined,
  after: Counts | undefined,
): readonly Omit<Change, 'dialogue'>[] {
  const [baseline, now] = [before ?? NOTHING, after ?? NOTHING]
  const [all, allNow] = [sumOf(baseline.code), sumOf(now.code)]
  const folders = new Set([...Object.keys(baseline.code), ...Object.keys(now.code)])
  const parts = [...folders].map((folder) => ({
    count: `code of ${folder}`,
    baseline: baseline.code[folder] ?? 0,
    now: now.code[folder] ?? 0,
  }))
  return [
    { count: 'code', baseline: all, now: allNow },
    ...parts.filter((part) => Math.max(part.baseline, part.now) > SMALL_PART * allNow),
    { count: 'walked', baseline: baseline.walked, now: now.walked },
    { count: 'allocated', baseline: baseline.allocated, now: now.allocated },
  ]
}

function isBeyond({ baseline, now }: Pick<Change, 'baseline' | 'now'>): boolean {
  return Math.abs(now - baseline) > TOLERANCE * baseline
}

/** One line for each change, and what to do about it. */
export function formatChanges(changes: readonly Change[]): string {
  return [
    'The engine does not do as much for the same dialogues as it did:',
    ...changes.map(formatChange),
    'More is a regression. What is meant, and less: npm run bench:guard -- --update',
  ].join('\n')
}

function formatChange({ dialogue, count, baseline, now }: Change): string {
  const part = baseline === 0 ? 'new' : `${((now / baseline - 1) * 100).toFixed(1)} %`
  return `  ${dialogue}: ${count} ${baseline} → ${now} (${now > baseline && baseline > 0 ? '+' : ''}${part})`
}
