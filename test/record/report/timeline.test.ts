import { describe, expect, test } from 'vitest'
import { Timeline } from '../../../src/record/report/timeline.ts'

const HOUR = 3_600_000
const BEGIN = Date.parse('2026-11-21T07:00:00Z')

describe('Timeline', () => {
  test('nothing gives no buckets', () => {
    expect(new Timeline().report().buckets).toEqual([])
  })

  test('one session stands among empty seconds', () => {
    const timeline = new Timeline()
    timeline.count(BEGIN + 300, 'sessions')
    const { stepMs, buckets } = timeline.report()
    expect(stepMs).toBe(1000)
    expect(buckets.length).toBe(24)
    expect(buckets.filter(({ sessions }) => sessions > 0)).toEqual([
      { from: BEGIN, sessions: 1, refusals: 0 },
    ])
  })

  test('a long log is counted in longer steps, and nothing is lost', () => {
    const timeline = new Timeline()
    for (let n = 0; n < 20_000; n++) timeline.count(BEGIN + n * 11_000, 'sessions')
    for (let n = 0; n < 70; n++) timeline.count(BEGIN + n * HOUR, 'refusals')
    const { stepMs, buckets } = timeline.report()
    expect(stepMs).toBe(HOUR)
    expect(buckets.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(20_000)
    expect(buckets.reduce((sum, { refusals }) => sum + refusals, 0)).toBe(70)
    expect(buckets.length).toBeLessThanOrEqual(96)
    for (const [index, { from }] of buckets.entries())
      expect(from).toBe((buckets[0]?.from ?? 0) + index * stepMs)
  })

  test('times that are centuries apart end in few buckets', () => {
    const timeline = new Timeline()
    for (let year = 0; year < 9999; year++)
      timeline.count(Date.UTC(year, 0, 1), year % 2 === 0 ? 'sessions' : 'refusals')
    const { buckets } = timeline.report()
    expect(buckets.length).toBeLessThanOrEqual(192)
    expect(buckets.reduce((sum, { sessions, refusals }) => sum + sessions + refusals, 0)).toBe(9999)
  })
})
