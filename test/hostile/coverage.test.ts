/**
 * Every case of docs/hostile-peers.md has a test of its id or a reason, and the page has every case of
 * the catalogue that it was made from. The catalogue is not part of this repository; where it is not
 * there, only the page is checked.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TRANSCRIPTS } from './transcripts/all.ts'

const CATALOGUE = '../shared/hostile-peers.md'
/** Shorter than this is no reason. */
const REASON_WORDS = 6

interface Row {
  readonly id: string
  /** Under `test/`. */
  readonly files: readonly string[]
  /** Of a lesson: the cases that it is part of. */
  readonly cases: readonly string[]
  readonly text: string
}

const page = readFileSync('docs/hostile-peers.md', 'utf8')
const [cases = '', choices = ''] = page.split('\n## Where there is a choice\n')
const rows = [...cases.matchAll(/^\| ([A-Z]\d+) \| [^|]+ \| (.*) \|$/gm)].map(
  ([, id = '', text = '']): Row => ({
    id,
    files: [...text.matchAll(/`([^`]+\.ts)`/g)].map(([, file = '']) => file),
    cases: /^(?:[A-Z]\d+(?:, |$))+$/.test(text) ? text.split(', ') : [],
    text,
  }),
)
const byId = new Map(rows.map((row) => [row.id, row]))

/** Whether a name in `file` starts with `id`, perhaps behind other ids. */
function isTestedIn(file: string, id: string): boolean {
  const path = `test/${file}`
  if (!existsSync(path)) return false
  const name = new RegExp(`['"\`](?:[A-Z]\\d{1,2}[ ,:]+)*${id}(?=[ ,:'"\`])`)
  return name.test(readFileSync(path, 'utf8'))
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
  test.each(rows)('$id is tested, or says why not', (row) => {
    expect(problemOf(row)).toBeUndefined()
  })

  test('has each id once', () => {
    const ids = rows.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  test('has the id of every transcript', () => {
    expect(TRANSCRIPTS.map(({ id }) => id).filter((id) => !byId.has(id))).toEqual([])
  })

  test('has no choice of a case that it does not know', () => {
    const ids = [...choices.matchAll(/^\| ([A-Z]\d+(?:, [A-Z]\d+)*) \|/gm)].flatMap(
      ([, list = '']) => list.split(', '),
    )
    expect(ids.length).toBeGreaterThan(40)
    expect(ids.filter((id) => !byId.has(id))).toEqual([])
  })

  test.skipIf(!existsSync(CATALOGUE))('has every id of the catalogue, and no other', () => {
    const catalogue = readFileSync(CATALOGUE, 'utf8')
    const found = [
      ...catalogue.matchAll(/^\*\*([B-TK]\d+) /gm),
      ...catalogue.matchAll(/^\| ([PV]\d+) \|/gm),
    ]
    const ids = found.map(([, id = '']) => id)
    expect(ids.length).toBeGreaterThan(200)
    expect(ids.filter((id) => !byId.has(id))).toEqual([])
    expect([...byId.keys()].filter((id) => !ids.includes(id))).toEqual([])
  })
})
