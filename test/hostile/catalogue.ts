/** The catalogue of hostile peers: its ids, and the rows of docs/hostile-peers.md. */
import { readFileSync } from 'node:fs'

/** How many cases each letter has. They are numbered from 1, without a gap. */
const COUNTS = {
  B: 20,
  M: 18,
  D: 20,
  N: 15,
  F: 30,
  P: 31,
  Q: 27,
  T: 30,
  G: 6,
  R: 28,
  L: 14,
  K: 18,
  V: 40,
} as const

export const IDS: readonly string[] = Object.entries(COUNTS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
)

export interface Row {
  readonly id: string
  /** Under `test/`. */
  readonly files: readonly string[]
  /** Of a lesson: the cases that it is part of. */
  readonly cases: readonly string[]
  readonly text: string
}

const page = readFileSync('docs/hostile-peers.md', 'utf8')
const [table = '', choices = ''] = page.split('\n## Where there is a choice\n')

export const ROWS: readonly Row[] = [
  ...table.matchAll(/^\| ([A-Z]\d+) \| [^|]+ \| (.*) \|$/gm),
].map(
  ([, id = '', text = '']): Row => ({
    id,
    files: [...text.matchAll(/`([^`]+\.ts)`/g)].map(([, file = '']) => file),
    cases: /^(?:[A-Z]\d+(?:, |$))+$/.test(text) ? text.split(', ') : [],
    text,
  }),
)

/** The ids in the table of choices. */
export const CHOICES: readonly string[] = [
  ...choices.matchAll(/^\| ([A-Z]\d+(?:, [A-Z]\d+)*) \|/gm),
].flatMap(([, list = '']) => list.split(', '))
