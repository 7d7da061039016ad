import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Fields, judgeShape } from '../../../src/record/audit/record-shape.ts'
import { clearSession, opaqueSession } from './sample.ts'

/** The examples of docs/packet-log.md: at least one of each type. */
const examples = [...readFileSync('docs/packet-log.md', 'utf8').matchAll(/^\{"time".*\}$/gm)].map(
  ([line]) => JSON.parse(line) as Fields & { readonly type: string },
)

describe('judgeShape', () => {
  test.each(examples.map((record) => [record.type, record] as const))(
    'knows the documented %s',
    (type, record) => {
      expect(judgeShape(type, record)).toBe('known')
    },
  )

  test('knows whole sessions', () => {
    for (const record of [...clearSession('s1', 'anna'), ...opaqueSession('s2')])
      expect(judgeShape(record.type, record)).toBe('known')
  })

  test.each(examples.map((record) => [record.type, record] as const))(
    '%s: says which field is missing or of the wrong kind',
    (type, record) => {
      for (const field of Object.keys(record)) {
        if (['time', 'seq', 'type', 'hash', 'previous'].includes(field)) continue
        expect(judgeShape(type, { ...record, [field]: null })).toEqual({ wrong: field })
      }
    },
  )

  test('takes a type and a value that it has not heard of for those of a newer version', () => {
    const verdict = { ...clearSession('s', 'a').find(({ type }) => type === 'verdict') }
    expect(judgeShape('quota.reached', {})).toBe('unknown')
    expect(judgeShape('verdict', { ...verdict, verdict: 'quarantine' })).toBe('unknown')
    expect(judgeShape('verdict', { ...verdict, verdict: 'quarantine', side: 7 })).toEqual({
      wrong: 'side',
    })
  })

  test('new fields of known types are allowed', () => {
    expect(judgeShape('log.stop', { because: 'of a signal' })).toBe('known')
  })

  test('names of every object are no types', () => {
    expect(judgeShape('constructor', {})).toBe('unknown')
    expect(judgeShape('__proto__', {})).toBe('unknown')
  })
})
