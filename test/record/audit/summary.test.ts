import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Auditor } from '../../../src/record/audit/auditor.ts'
import { AuditFilter } from '../../../src/record/audit/filter.ts'
import {
  DIMENSIONS,
  type Dimension,
  MEASURES,
  Summary,
  weight,
} from '../../../src/record/audit/summary.ts'
import {
  clearSession,
  latin1,
  LOG_START,
  opaqueSession,
  party,
  type Sample,
  seal,
} from './sample.ts'

const records = [
  LOG_START,
  ...clearSession('s1', 'anna'),
  ...clearSession('s2', 'bert', '198.51.100.9:1'),
  ...clearSession('s3', 'anna'),
  ...opaqueSession('s4'),
  {
    type: 'session.refused',
    client: '198.51.100.9:2',
    server: '10.0.0.5:21',
    listener: 'ftp',
    reason: 'rule.none',
  },
  { type: 'verdict', ...party('s4'), verdict: 'note', reason: 'telnet.stripped', side: 'client' },
]

function summarize(summary: Summary, of: readonly Sample[] = records): Summary {
  const auditor = new Auditor(new AuditFilter({}), {
    needsSessions: summary.needsSessions,
    concerns: (type, line) => summary.concerns(type, line),
    take: (entry, context) => summary.add(entry, context),
  })
  for (const line of seal(of)) auditor.accept(latin1(line))
  return summary
}

const report = (dimension: Dimension, top = 20) => summarize(new Summary(dimension)).report(top)

describe('Summary', () => {
  test('by client', () => {
    const { rows, total, otherKeys, isExact } = report('client')
    expect(rows).toEqual([
      {
        key: '192.0.2.10',
        sessions: 2,
        commands: 12,
        transfers: 2,
        toClient: 2_000_000,
        toServer: 0,
        refusals: 2,
        notes: 1,
      },
      {
        key: '198.51.100.9',
        sessions: 1,
        commands: 6,
        transfers: 1,
        toClient: 1_000_000,
        toServer: 0,
        refusals: 2,
        notes: 0,
      },
      {
        key: '2001:db8::7',
        sessions: 1,
        commands: 2,
        transfers: 1,
        toClient: 70,
        toServer: 500_000,
        refusals: 0,
        notes: 0,
      },
    ])
    expect(total).toMatchObject({ sessions: 4, transfers: 4, refusals: 4, toClient: 3_000_070 })
    expect({ otherKeys, isExact }).toEqual({ otherKeys: 0, isExact: true })
  })

  test('by user: logins, and nobody where that cannot be read', () => {
    const { rows } = report('user')
    expect(rows.map(({ key, sessions, toClient }) => [key, sessions, toClient])).toEqual([
      ['anna', 2, 2_000_000],
      ['bert', 1, 1_000_000],
      [undefined, 0, 70],
    ])
  })

  test('by rule, reason, verb and hour', () => {
    expect(
      report('rule').rows.map(({ key, sessions, transfers }) => [key, sessions, transfers]),
    ).toEqual([
      ['partners', 4, 1],
      ['partners: passive data', 0, 3],
    ])
    expect(report('reason').rows.map(({ key, refusals, notes }) => [key, refusals, notes])).toEqual(
      [
        ['port.foreign-address', 3, 0],
        ['rule.none', 1, 0],
        ['telnet.stripped', 0, 1],
      ],
    )
    expect(report('verb').rows.find(({ key }) => key === 'RETR')).toMatchObject({
      commands: 3,
      transfers: 3,
    })
    expect(report('hour').rows.map(({ key }) => key)).toEqual(['2026-11-21T07:00Z'])
  })

  test('by check, and a verdict without one is none', () => {
    const hit = (verdict: string, check?: string): Sample => ({
      type: 'verdict',
      ...party('s1'),
      verdict,
      reason: 'port.privileged',
      ...(check === undefined ? {} : { check }),
      side: 'client',
    })
    const hits = [hit('note', 'banner'), hit('reject', 'low-ports'), hit('reject')]
    const { rows, total } = summarize(new Summary('check'), [LOG_START, ...hits]).report(9)
    expect(rows.map(({ key, refusals, notes }) => [key, refusals, notes])).toEqual([
      ['low-ports', 1, 0],
      ['banner', 0, 1],
    ])
    expect(total).toMatchObject({ refusals: 1, notes: 1 })
  })

  test('the rest is "others", and nothing gets lost', () => {
    for (const dimension of DIMENSIONS) {
      const all = report(dimension)
      const few = report(dimension, 1)
      expect(few.total).toEqual(all.total)
      expect(few.otherKeys).toBe(all.rows.length - few.rows.length)
      for (const name of MEASURES)
        expect(few.others[name] + (few.rows[0]?.[name] ?? 0)).toBe(all.total[name])
    }
  })

  test('order by anything', () => {
    const first = (order: ConstructorParameters<typeof Summary>[1]): string | undefined =>
      summarize(new Summary('client', order)).report(1).rows[0]?.key
    expect([first('bytes'), first('sessions'), first('notes')]).toEqual(Array(3).fill('192.0.2.10'))
    expect(weight({ ...report('client').total }, 'bytes')).toBe(3_500_070)
  })

  test('more keys than fit: the totals stay exact, and it says so', () => {
    const many = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 50, maxLength: 200 })
    fc.assert(
      fc.property(many, (clients) => {
        const refused = clients.map((client) => ({
          type: 'session.refused',
          client: `192.0.2.${client}:1`,
          server: '10.0.0.5:21',
          listener: 'ftp',
          reason: 'rule.none',
        }))
        const summary = summarize(new Summary('client', 'refusals', 8), refused)
        const { rows, others, total, isExact } = summary.report(100)
        expect(rows.length).toBeLessThanOrEqual(8)
        expect(total.refusals).toBe(clients.length)
        expect(rows.reduce((sum, row) => sum + row.refusals, others.refusals)).toBe(clients.length)
        expect(isExact).toBe(new Set(clients).size <= 8)
      }),
    )
  })

  test('a key that is named like nothing is not nothing', () => {
    const { rows } = summarize(new Summary('user'), clearSession('s1', 'undefined')).report(9)
    expect(rows.map(({ key }) => key)).toEqual(['undefined', undefined])
  })
})
