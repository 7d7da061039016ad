import { expect, test } from 'vitest'
import { JsonFormat } from '../../../src/record/audit/record-format.ts'
import { print } from './formatting.ts'
import { clearSession, LOG_START, seal } from './sample.ts'

test('JSON is passed on byte for byte, also what this version does not know', () => {
  const records = [LOG_START, ...clearSession('s1', 'anna'), { type: 'new.thing', ü: ['→'] }]
  const text = Buffer.from(print(new JsonFormat(), records), 'latin1').toString('utf8')
  expect(text).toBe(`${seal(records).join('\n')}\n`)
})
