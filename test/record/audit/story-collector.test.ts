import { expect, test } from 'vitest'
import type { SessionStory } from '../../../src/record/audit/session-story.ts'
import { StoryCollector } from '../../../src/record/audit/story-collector.ts'
import { clearSession, entryOf, LOG_START, opaqueSession, type Sample } from './sample.ts'

function collect(records: readonly Sample[], sessionsMax = 100): SessionStory[] {
  const stories: SessionStory[] = []
  const collector = new StoryCollector((story) => stories.push(story), {
    sessionsMax,
    eventsMax: 100,
  })
  for (const record of records) collector.accept(entryOf(record))
  collector.end()
  return stories
}

test('each session as it ends, however they are mixed', () => {
  const [a, b] = [clearSession('a', 'anna'), opaqueSession('b')]
  const stories = collect([
    LOG_START,
    ...a.flatMap((record, at) => [record, ...b.slice(at, at + 1)]),
  ])
  expect(stories.map(({ session, closed, users }) => [session, closed?.reason, users])).toEqual([
    ['b', 'client-closed', []],
    ['a', 'quit', ['anna']],
  ])
})

test('sessions without an end: told when the process starts anew, or at the end of the log', () => {
  const cut = clearSession('a', 'anna').slice(0, 8)
  const stories = collect([...cut, LOG_START, ...opaqueSession('b').slice(0, 4)])
  expect(stories.map(({ session, closed }) => [session, closed])).toEqual([
    ['a', undefined],
    ['b', undefined],
  ])
})

test('a worker that starts anew: its sessions are told, and those of another go on', () => {
  const [cut, whole] = [clearSession('a.1-1', 'anna').slice(0, 8), clearSession('a.2-1', 'bob')]
  const stories = collect([
    ...cut,
    ...whole.slice(0, 8),
    { ...LOG_START, worker: 1 },
    ...whole.slice(8),
  ])
  expect(stories.map(({ session, closed }) => [session, closed?.reason])).toEqual([
    ['a.1-1', undefined],
    ['a.2-1', 'quit'],
  ])
})

test('no more at once than fit', () => {
  const open = Array.from(
    { length: 5 },
    (_, index) => clearSession(`s${index}`, 'a')[0] ?? LOG_START,
  )
  expect(collect(open, 2).map(({ session }) => session)).toEqual(['s0', 's1', 's2', 's3', 's4'])
})

test('somebody at the pinhole of a session that is over does not begin it anew', () => {
  const late = {
    type: 'data.refused',
    session: 'a',
    peer: 'x:1',
    local: 'y:1',
    reason: 'data.extra-peer',
  }
  expect(collect([...clearSession('a', 'anna'), late])).toHaveLength(1)
})
