import { expect, test } from 'vitest'
import type { LoggedRecord } from '../../../src/record/audit/log-entry.ts'
import type { DataConnection, PinholeLife } from '../../../src/record/audit/session-story.ts'
import { StoryData } from '../../../src/record/audit/story-data.ts'
import { clearSession, entryOf, opaqueSession, type Sample } from './sample.ts'

function recordsOf(samples: readonly Sample[]): LoggedRecord[] {
  return samples.map((sample) => entryOf(sample).record).filter((record) => record !== undefined)
}

test('pinholes and connections are completed in place', () => {
  const events: (PinholeLife | DataConnection)[] = []
  const data = new StoryData((event) => events.push(event) > 0)
  for (const record of recordsOf(clearSession('s1', 'anna'))) expect(data.accept(record)).toBe(true)
  expect(events).toMatchObject([
    { kind: 'pinhole', closed: { reason: 'used' } },
    { kind: 'data', closed: { cause: 'end' } },
  ])
  expect(data).toMatchObject({ toClientBytes: 1_000_000, toServerBytes: 0 })
})

test('without room, what follows finds nothing to complete, and bytes count all the same', () => {
  const data = new StoryData(() => false)
  const kept = recordsOf(opaqueSession('s2')).map((record) => data.accept(record))
  expect(kept.filter((isKept) => !isKept)).toHaveLength(5)
  expect(data.toServerBytes).toBe(500_000)
})

test('the uses of a range are bounded', () => {
  const events: (PinholeLife | DataConnection)[] = []
  const data = new StoryData((event) => events.push(event) > 0)
  const [open, use] = recordsOf(opaqueSession('s2')).filter(({ type }) =>
    ['range.open', 'pinhole.use'].includes(type),
  )
  if (open === undefined || use === undefined) throw new Error('the sample has both')
  data.accept(open)
  const answers = Array.from({ length: 1500 }, () => data.accept(use))
  expect(answers.filter(Boolean)).toHaveLength(1000)
  expect(events[0]).toMatchObject({ kind: 'pinhole', uses: { length: 1000 } })
})
