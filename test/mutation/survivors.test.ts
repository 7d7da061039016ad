import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { GROUPS, groupsOf } from './groups.ts'
import {
  type ArguedSurvivor,
  arguedSurvivors,
  type Fate,
  judge,
  type Mutant,
  oneLine,
  table,
} from './survivors.ts'

const sources = GROUPS.flatMap((group) => group.sources)

describe('survivors.json', () => {
  const argued = arguedSurvivors()

  test.each(argued)('$file: $original => $replacement is there, and is argued', (entry) => {
    expect(Object.keys(entry)).toEqual([
      'file',
      'mutator',
      'line',
      'original',
      'replacement',
      'reason',
    ])
    expect(sources).toContain(entry.file)
    const text = readFileSync(entry.file, 'utf8')
    expect(text.split('\n').map(oneLine)).toContain(entry.line)
    expect(oneLine(text)).toContain(entry.original)
    expect(entry.replacement).not.toBe(entry.original)
    expect(entry.reason).toMatch(/^[A-Z`].{20,}\.$/)
  })

  test('goes by file', () => {
    const files = argued.map(({ file }) => file)
    expect(files).toEqual(files.toSorted())
  })
})

describe('groups', () => {
  test.each(sources)('%s is there', (file) => {
    expect(existsSync(file)).toBe(true)
  })

  test('are cut to the files that are named, all of which must be known', () => {
    expect(groupsOf([])).toBe(GROUPS)
    const named = groupsOf(['src/engine/tls/record.ts', 'src/net/ip.ts', 'src/net/cidr.ts'])
    expect(named).toMatchObject([
      { sources: ['src/net/ip.ts', 'src/net/cidr.ts'] },
      { sources: ['src/engine/tls/record.ts'] },
    ])
    expect(named[0]?.tests).toContain('test/net/port.test.ts')
    expect(() => groupsOf(['src/net/ip.ts', 'src/index.ts'])).toThrow('src/index.ts: not mutated')
  })
})

function mutant(original: string, fate: Fate): Mutant {
  const change = { file: 'src/a.ts', mutator: 'M', line: `${original} + 1`, replacement: '0' }
  return { ...change, original, fate }
}

function entry(original: string): ArguedSurvivor {
  const { fate, ...change } = mutant(original, 'survived')
  return { ...change, reason: `It ${fate}.` }
}

describe('the verdict', () => {
  const [a, b, c] = [mutant('a', 'survived'), mutant('b', 'survived'), mutant('c', 'killed')]

  test('names survivors without an argument, and arguments without a survivor', () => {
    expect(judge([a, b, c], [entry('a'), entry('b')])).toEqual({ unargued: [], stale: [] })
    expect(judge([a, b, c], [entry('b'), entry('c'), entry('d')])).toEqual({
      unargued: [a],
      stale: [entry('c'), entry('d')],
    })
  })

  test('an entry speaks for one survivor', () => {
    expect(judge([a, a], [entry('a')])).toEqual({ unargued: [a], stale: [] })
    expect(judge([a, a], [entry('a'), entry('a')])).toEqual({ unargued: [], stale: [] })
  })

  test('the table counts by file; what is argued costs no score', () => {
    const elsewhere = { ...mutant('e', 'timeout'), file: 'src/b.ts' }
    expect(table([a, b, c, elsewhere], [b])).toBe(
      [
        '| file | mutants | killed | timeout | argued | unargued | score |',
        '|---|--:|--:|--:|--:|--:|--:|',
        '| src/a.ts | 3 | 1 | 0 | 1 | 1 | 50.0 |',
        '| src/b.ts | 1 | 0 | 1 | 0 | 0 | 100.0 |',
        '| all | 4 | 1 | 1 | 1 | 1 | 66.7 |',
      ].join('\n'),
    )
  })
})
