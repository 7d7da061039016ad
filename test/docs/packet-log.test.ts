/** docs/packet-log.md says what the source says: types, fields, reasons, examples, the check. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { REASONS } from '../../src/engine/session/reason.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import { GENESIS, verifyChain } from '../../src/record/hash-chain.ts'
import { renderLadder } from '../../src/record/ladder.ts'
import { temporaryDirectory } from '../shell/packet-log/support.ts'

type LoggedRecord = PacketLogRecord & { readonly time: string }

const doc = readFileSync('docs/packet-log.md', 'utf8')
const contract = readFileSync('src/engine/session/record.ts', 'utf8')

/** Sections by their heading, of one level. */
function sections(text: string, marks: string): Map<string, string> {
  const parts = text.split(new RegExp(`^${marks} `, 'm')).slice(1)
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n')
      return [part.slice(0, end).replaceAll('`', ''), part.slice(end)]
    }),
  )
}

/** The first cells of the rows of all tables in `text`, without the headings. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '')
}

/** Record types and their own fields, as record.ts declares them. */
const declared = new Map(
  contract
    .split(/readonly type: '/)
    .slice(1)
    .map((part) => {
      const fields = [...part.matchAll(/readonly (\w+)\??:/g)].map((match) => match[1] ?? '')
      return [part.slice(0, part.indexOf("'")), fields]
    }),
)

const chapters = sections(doc, '##')
const types = sections(chapters.get('Record types') ?? '', '###')
const common = firstCells(chapters.get('Fields of every record') ?? '')

const examplesOf = (section: string): readonly string[] =>
  /^```json\n([\s\S]*?)\n```$/m.exec(section)?.[1]?.split('\n') ?? []
const examples = [...types.values()].flatMap(examplesOf)

describe('docs/packet-log.md', () => {
  test('has a section for every record type, and for no other', () => {
    expect(declared.size).toBeGreaterThan(10)
    expect([...types.keys()].toSorted()).toEqual([...declared.keys()].toSorted())
  })

  test.each([...declared])('%s: names each field, and no other', (type, fields) => {
    expect(firstCells(types.get(type) ?? '').toSorted()).toEqual([...fields].toSorted())
  })

  test.each([...declared])('%s: has examples with known fields, in order', (type, fields) => {
    const lines = examplesOf(types.get(type) ?? '')
    expect(lines).not.toEqual([])
    for (const line of lines) {
      const example: unknown = JSON.parse(line)
      expect(example).toMatchObject({ type })
      const keys = Object.keys(example ?? {})
      expect(keys.filter((key) => !fields.includes(key) && !common.includes(key))).toEqual([])
      expect(keys.slice(0, 3)).toEqual(['time', 'seq', 'type'])
      expect(keys.at(-1)).toBe('hash')
    }
  })

  test('its examples are one log with an intact chain', () => {
    expect(verifyChain(examples)).toMatchObject({
      records: examples.length,
      start: GENESIS,
      firstBreak: undefined,
      foreignLines: [],
      isStopped: true,
    })
  })

  test('draws the ladder of its examples', () => {
    const records = examples.map((line) => JSON.parse(line) as LoggedRecord)
    const ladder = renderLadder(records).join('\n')
    expect(chapters.get('As a ladder')).toContain(`\`\`\`text\n${ladder}\n\`\`\``)
  })

  test('its program checks a chain', () => {
    const directory = temporaryDirectory()
    const program = /^```js\n([\s\S]*?)^```$/m.exec(doc)?.[1] ?? ''
    writeFileSync(join(directory, 'verify.mjs'), program)
    writeFileSync(join(directory, '1'), `${examples.slice(0, 5).join('\n')}\n`)
    writeFileSync(join(directory, '2'), `${examples.slice(5).join('\n')}\n`)
    writeFileSync(join(directory, 'gap'), `${examples.slice(6).join('\n')}\n`)
    const check = (...names: string[]): string =>
      execFileSync(process.execPath, ['verify.mjs', ...names], {
        cwd: directory,
        encoding: 'utf8',
        stdio: 'pipe',
      })
    expect(check('1', '2')).toBe(`intact; the last hash is ${verifyChain(examples).head}\n`)
    expect(() => check('1', 'gap')).toThrow('gap:1 does not follow what is before it')
  })

  test('lists every reason with its sentence, and no other', () => {
    const rows = [...(chapters.get('Reasons') ?? '').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)]
    const listed = Object.fromEntries(rows.map(([, code, sentence]) => [code, sentence]))
    expect(listed).toEqual(REASONS)
  })
})

test('docs/packet-log.md explains every verdict that a record may have', () => {
  const union = /export type RecordedVerdict =([\s\S]*?)\n\n/.exec(contract)?.[1] ?? ''
  const verdicts = [...union.matchAll(/'([\w-]+)'/g)].map((match) => match[1] ?? '')
  expect(verdicts.length).toBeGreaterThan(5)
  const section = types.get('verdict') ?? ''
  expect(verdicts.filter((verdict) => !section.includes(`\`${verdict}\``))).toEqual([])
})
