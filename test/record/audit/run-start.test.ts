import { expect, test } from 'vitest'
import { readEntry, type LogEntry } from '../../../src/record/audit/log-entry.ts'
import { sessionsOverAt } from '../../../src/record/audit/run-start.ts'
import { LOG_START, LOG_STOP, seal } from './sample.ts'

function entry(sample: Parameters<typeof seal>[0][number]): LogEntry {
  const [line = ''] = seal([sample])
  const read = readEntry(line)
  if ('problem' in read) throw new Error(read.problem)
  return read
}

const SESSIONS = ['mwq2n145-1', 'mwq2n145.1-1', 'mwq2n145.2-1', 'mwq2n145.12-1']

test.each([
  [undefined, ['mwq2n145-1']],
  [1, ['mwq2n145.1-1']],
  [12, ['mwq2n145.12-1']],
])('a run of worker %s ends the sessions of the run before it', (worker, over) => {
  const start = worker === undefined ? LOG_START : { ...LOG_START, worker }
  const isOver = sessionsOverAt(entry(start))
  expect(SESSIONS.filter((session) => isOver?.(session))).toEqual(over)
})

test('nothing else ends sessions of others', () => {
  expect(sessionsOverAt(entry(LOG_STOP))).toBeUndefined()
})
