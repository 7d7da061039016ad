import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sessionId } from '../../src/engine/id.ts'
import { instant } from '../../src/net/instant.ts'
import { DeadlineTimers } from '../../src/shell/deadline-timers.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const session = sessionId('s1')

test('calls at the deadline, and not before a fraction of a millisecond is over', () => {
  const reached: string[] = []
  const timers = new DeadlineTimers((id) => reached.push(id))
  timers.arm(session, instant(10.5), instant(0))
  vi.advanceTimersByTime(10)
  expect(reached).toEqual([])
  vi.advanceTimersByTime(1)
  expect(reached).toEqual(['s1'])
})

test('a deadline that moves away keeps the timer; one that moves nearer replaces it', () => {
  const reached: string[] = []
  const timers = new DeadlineTimers((id) => reached.push(id))
  timers.arm(session, instant(100), instant(0))
  timers.arm(session, instant(500), instant(50))
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(100)
  expect(reached).toEqual(['s1'])
  timers.arm(session, instant(500), instant(100))
  timers.arm(session, instant(110), instant(100))
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(10)
  expect(reached).toEqual(['s1', 's1'])
})

test('nothing is left after clear, clearAll or the end of all deadlines', () => {
  const timers = new DeadlineTimers(() => undefined)
  timers.arm(session, instant(100), instant(0))
  timers.arm(session, undefined, instant(0))
  timers.arm(session, instant(100), instant(0))
  timers.clear(session)
  timers.arm(session, instant(100), instant(0))
  timers.clearAll()
  expect(vi.getTimerCount()).toBe(0)
})
