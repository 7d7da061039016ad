/**
 * Counts what the engine does for a fixed set of dialogues, which no clock and no busy machine
 * changes, and compares it with the baseline. A test does the same.
 *
 *     npm run bench:guard                  the counts, and whether they are those of the baseline
 *     npm run bench:guard -- --update      writes the baseline
 */
import { writeFile } from 'node:fs/promises'
import { formatRows } from '../results/table.ts'
import { BASELINE, readBaseline } from './baseline.ts'
import { compare, formatChanges } from './compare.ts'
import { sumOf } from './counts.ts'
import { count } from './start-count.ts'

const counted = await count()
const rows = Object.entries(counted.dialogues).map(([peer, counts]) => ({
  peer,
  figures: { ...counts, code: sumOf(counts.code) },
}))
process.stdout.write(`${formatRows(rows)}\n`)
if (process.argv.includes('--update'))
  await writeFile(BASELINE, `${JSON.stringify(counted, undefined, 2)}\n`)
else {
  const changes = compare(readBaseline(), counted)
  if (changes.length > 0) {
    process.stderr.write(`${formatChanges(changes)}\n`)
    process.exitCode = 1
  }
}
