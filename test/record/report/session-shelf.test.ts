import { describe, expect, test } from 'vitest'
import { type SessionFacts, SessionShelf } from '../../../src/record/report/session-shelf.ts'
import { CLOSED, DOWNLOAD, OPENED, storyOf } from './story-fixture.ts'

const FACTS: SessionFacts = {
  isOpaque: false,
  transfers: 1,
  commands: 2,
  reasons: new Set(['cmd.denied']),
  rules: new Set(['staff', 'passive data']),
  hasLadder: true,
}
const STORY = storyOf([OPENED, ...DOWNLOAD, CLOSED])

function shelfOf(count: number, limits: { rowsMax: number; storyCharsMax: number }): SessionShelf {
  const shelf = new SessionShelf(limits)
  for (let n = 0; n < count; n++) shelf.put({ ...STORY, session: `s${n}` }, FACTS)
  return shelf
}

describe('SessionShelf', () => {
  test('a row says what a list needs, each text once', () => {
    const { data, stories } = shelfOf(2, { rowsMax: 10, storyCharsMax: 1e6 }).report()
    expect(data.base).toBe(Date.parse('2026-11-21T07:00:00Z'))
    expect(data.strings).toEqual([
      '10.1.1.5',
      '10.200.200.1:21',
      'staff',
      'public',
      'quit',
      'cmd.denied',
      'passive data',
    ])
    expect(data.rows[1]).toEqual([
      's1',
      0,
      900,
      0,
      50_001,
      1,
      -1,
      2,
      3,
      4,
      2,
      1,
      500,
      0,
      0,
      0,
      [5],
      [2, 6],
    ])
    expect(JSON.parse(stories[0] ?? '')).toMatchObject({ client: '10.1.1.5:50001' })
  })

  test('rows are in the order of their beginnings', () => {
    const shelf = new SessionShelf()
    shelf.put({ ...STORY, session: 'late', firstTime: '2026-11-21T09:00:00.000Z' }, FACTS)
    shelf.put({ ...STORY, session: 'early' }, FACTS)
    expect(shelf.report().data.rows.map(([session]) => session)).toEqual(['early', 'late'])
  })

  test('the latest rows stay', () => {
    const { data, stories, droppedRows } = shelfOf(7, { rowsMax: 3, storyCharsMax: 1e6 }).report()
    expect(data.rows.map(([session]) => session)).toEqual(['s4', 's5', 's6'])
    expect(stories.every((story) => story !== '')).toBe(true)
    expect(droppedRows).toBe(4)
  })

  test('the latest ladders stay, all together within their bound', () => {
    const one = shelfOf(1, { rowsMax: 9, storyCharsMax: 1e6 }).report().stories[0]?.length ?? 0
    const { stories, droppedRows, droppedStories } = shelfOf(7, {
      rowsMax: 5,
      storyCharsMax: 2 * one + 1,
    }).report()
    expect(stories.map((story) => story !== '')).toEqual([false, false, false, true, true])
    expect(droppedRows).toBe(2)
    expect(droppedStories).toBe(3)
  })

  test('a session that is still open says so', () => {
    const shelf = new SessionShelf()
    shelf.put(storyOf([OPENED, ...DOWNLOAD]), { ...FACTS, isOpaque: true })
    const [row] = shelf.report().data.rows
    expect(row?.[15]).toBe(3)
    expect(row?.[2]).toBe(41)
  })
})
