import { expect, test } from 'vitest'
import { complete, malformed } from '../../src/net/parsed.ts'

test('a parser answers a value or a problem', () => {
  expect(complete(7)).toEqual({ type: 'complete', value: 7 })
  expect(malformed('no digits')).toEqual({ type: 'malformed', problem: 'no digits' })
})
