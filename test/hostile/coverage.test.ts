/**
 * docs/hostile-peers.md has a row for each case of the catalogue and no other, with tests of its id or
 * a reason. The catalogue itself is not part of this repository; where it is there, its ids are compared
 * as well.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { casesTestedIn } from '../support/case-names.ts'
import { CHOICES, IDS, ROWS, type Row } from './catalogue.ts'
import { TRANSCRIPTS } from './transcripts/all.ts'

const CATALOGUE = '../shared/hostile-peers.md'
/** Shorter than this is no reason. */
const REASON_WORDS = 6

const byId = new Map(ROWS.map((row) => [row.id, row]))

function isTestedIn(file: string, id: string): boolean {
  const path = `test/${file}`
  return existsSync(path) && casesTestedIn(path).has(id)
}

function problemOf({ id, files, cases, text }: Row): string | undefined {
  const untested = files.find((file) => !isTestedIn(file, id))
  if (untested !== undefined) return `${untested} has no test of that id`
  const unknown = cases.find((one) => (byId.get(one)?.files.length ?? 0) === 0)
  if (unknown !== undefined) return `${unknown} has no tests`
  if (files.length > 0 || cases.length > 0) return undefined
  return text.split(' ').length >= REASON_WORDS ? undefined : 'neither tests nor a reason'
}

describe('docs/hostile-peers.md', () => {
  test.each(ROWS)('$id is tested, or says why not', (row) => {
    expect(problemOf(row)).toBeUndefined()
  })

  test('has each case of the catalogue once, in order, and no other', () => {
    expect(ROWS.map(({ id }) => id)).toEqual(IDS)
  })

  test('has no choice of a case that it does not know', () => {
    expect(CHOICES.length).toBeGreaterThan(40)
    expect(CHOICES.filter((id) => !byId.has(id))).toEqual([])
  })
})

test('every transcript is of a case', () => {
  expect(TRANSCRIPTS.map(({ id }) => id).filter((id) => !IDS.includes(id))).toEqual([])
})

test.skipIf(!existsSync(CATALOGUE))('the catalogue has these ids', () => {
  const catalogue = readFileSync(CATALOGUE, 'utf8')
  const found = [
    ...catalogue.matchAll(/^\*\*([B-TK]\d+) /gm),
    ...catalogue.matchAll(/^\| ([PV]\d+) \|/gm),
  ].map(([, id = '']) => id)
  expect(found.toSorted()).toEqual(IDS.toSorted())
})
