import { describe, expect, test } from 'vitest'
import { REPORT_LIMITS } from '../../../src/record/report/report-builder.ts'
import { modelOf } from '../../report/make-report.ts'
import { syntheticLog } from '../../report/synthetic-log.ts'
import { CLOSED, DOWNLOAD, type Given, linesOf, OPENED } from './story-fixture.ts'

/** The same session under another name, later. */
function again(session: string, records: readonly Given[], later: number): readonly Given[] {
  return records.map(([at, type, fields = {}]) => [at + later, type, { ...fields, session }])
}

describe('ReportBuilder', () => {
  test('totals, reasons and rules come from all records', () => {
    const model = modelOf(
      linesOf([
        OPENED,
        ...DOWNLOAD,
        [50, 'verdict', { verdict: 'reject', reason: 'cmd.denied', side: 'client' }],
        CLOSED,
        [
          1000,
          'session.refused',
          {
            listener: 'public',
            client: '192.0.2.9:1',
            server: '10.200.200.1:21',
            reason: 'rule.none',
          },
        ],
      ]),
    )
    expect(model.total).toMatchObject({
      sessions: 1,
      commands: 2,
      transfers: 1,
      toClient: 500,
      refusals: 2,
    })
    expect(model.reasons.rows.map(({ key }) => key)).toEqual(['cmd.denied', 'rule.none'])
    expect(model.rules.map(({ rule }) => rule)).toEqual(['passive data', 'staff'])
    expect(model.clients.rows.map(({ key }) => key)).toEqual(['10.1.1.5', '192.0.2.9'])
    expect(model.firstTime).toBe('2026-11-21T07:00:00.000Z')
    expect(model.lastTime).toBe('2026-11-21T07:00:01.000Z')
    const [row] = model.shelf.data.rows
    expect(row?.[16].map((place) => model.shelf.data.strings[place])).toEqual(['cmd.denied'])
  })

  test('the rows add up to the totals', () => {
    const { total, opaqueSessions, shelf, timeline } = modelOf(syntheticLog(300))
    const { rows } = shelf.data
    const sum = (field: 11 | 12 | 13): number => rows.reduce((all, row) => all + row[field], 0)
    expect(rows.length).toBe(total.sessions)
    expect(sum(11)).toBe(total.transfers)
    expect(sum(12)).toBe(total.toClient)
    expect(sum(13)).toBe(total.toServer)
    expect(rows.filter((row) => (row[15] & 1) === 1).length).toBe(opaqueSessions)
    expect(opaqueSessions).toBeGreaterThan(0)
    expect(timeline.buckets.reduce((all, { sessions }) => all + sessions, 0)).toBe(total.sessions)
    expect(timeline.buckets.reduce((all, { refusals }) => all + refusals, 0)).toBe(total.refusals)
  })

  test('a session without an end ends with its process, and at the end of the log', () => {
    const { shelf } = modelOf(
      linesOf([
        OPENED,
        [500, 'log.start', { version: '0.1.0', rules: 'x' }],
        ...again('s2', [OPENED], 600),
      ]),
    )
    expect(shelf.data.rows.map((row) => [row[0], row[15]])).toEqual([
      ['s1', 2],
      ['s2', 2],
    ])
  })

  test('a worker that starts anew does not end the sessions of another', () => {
    const { shelf } = modelOf(
      linesOf([
        ...again('a.1-1', [OPENED], 0),
        ...again('a.2-1', [OPENED], 10),
        [500, 'log.start', { version: '0.1.0', rules: 'x', worker: 1 }],
        ...again('a.2-1', [CLOSED], 600),
      ]),
    )
    expect(shelf.data.rows.map((row) => [row[0], row[15]])).toEqual([
      ['a.1-1', 2],
      ['a.2-1', 0],
    ])
  })

  test('somebody who comes to a pinhole too late does not begin a session anew', () => {
    const { shelf, total } = modelOf(
      linesOf([
        OPENED,
        CLOSED,
        [
          950,
          'data.refused',
          {
            peer: '192.0.2.1:5',
            local: '10.0.0.1:50001',
            reason: 'data.extra-peer',
            session: 's1',
          },
        ],
      ]),
    )
    expect(shelf.data.rows.length).toBe(1)
    expect(total.refusals).toBe(1)
  })

  test('with too many open at once, later ones get a row without a ladder', () => {
    const { shelf } = modelOf(
      linesOf([OPENED, ...again('s2', [OPENED, ...DOWNLOAD, CLOSED], 10), CLOSED]),
      { ...REPORT_LIMITS, laddersMax: 1 },
    )
    const [first, second] = shelf.data.rows
    expect(shelf.stories.map((story) => story !== '')).toEqual([true, false])
    expect([first?.[0], second?.[0]]).toEqual(['s1', 's2'])
    expect(second?.[11]).toBe(1)
    expect(second?.[12]).toBe(500)
  })

  test('a ladder of too many events ends early, and says so', () => {
    const { shelf } = modelOf(linesOf([OPENED, ...DOWNLOAD, CLOSED]), {
      ...REPORT_LIMITS,
      eventsMax: 3,
    })
    expect(shelf.shortened).toBe(1)
    expect(JSON.parse(shelf.stories[0] ?? '')).toMatchObject({ omitted: expect.any(Number) })
    expect(shelf.data.rows[0]?.[12]).toBe(500)
  })

  test('of sessions that never end only so many are followed', () => {
    const { shelf } = modelOf(
      linesOf([OPENED, ...again('s2', [OPENED], 1), ...again('s3', [OPENED], 2)]),
      { ...REPORT_LIMITS, openMax: 2 },
    )
    expect(shelf.data.rows.map(([session]) => session)).toEqual(['s1', 's2', 's3'])
  })
})
