import { describe, expect, test } from 'vitest'
import { stepText, timelineSvg } from '../../../src/record/report/timeline-svg.ts'

const FROM = Date.parse('2026-11-21T07:00:00Z')

describe('timelineSvg', () => {
  const svg = timelineSvg({
    stepMs: 60_000,
    buckets: [
      { from: FROM, sessions: 1000, refusals: 1 },
      { from: FROM + 60_000, sessions: 0, refusals: 0 },
      { from: FROM + 120_000, sessions: 500, refusals: 0 },
    ],
  })

  test('bars are as high as what they count', () => {
    const heights = [...svg.matchAll(/class="up"[^>]*height="([\d.]+)"/g)].map((match) =>
      Number(match[1]),
    )
    expect(heights).toEqual([120, 60])
  })

  test('a single refusal among thousands of sessions can be seen', () => {
    expect(svg.match(/class="down"[^>]*height="3"/g)?.length).toBe(1)
  })

  test('a bar knows its time, and an empty one is not there', () => {
    expect(svg).toContain(`data-from="${FROM}" data-to="${FROM + 60_000}"`)
    expect(svg).not.toContain(`data-from="${FROM + 60_000}"`)
    expect(svg).toContain('11-21 07:00 · 1000 sessions, 1 refusals')
  })

  test('more refusals than sessions stay inside', () => {
    const flood = timelineSvg({
      stepMs: 1000,
      buckets: [{ from: FROM, sessions: 2, refusals: 90 }],
    })
    expect(flood).toMatch(/class="down"[^>]*height="44"/)
  })
})

test.each([
  [1000, 'one second'],
  [15 * 60_000, '15 minutes'],
  [3_600_000, 'one hour'],
  [7 * 86_400_000, '7 days'],
])('a step of %i ms is %s', (stepMs, text) => {
  expect(stepText(stepMs)).toBe(text)
})
