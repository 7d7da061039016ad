import { expect, test } from 'vitest'
import { refuse } from '../../../src/engine/session/set-up-step.ts'

test('a refusal names its reason and nothing that is not known', () => {
  expect(refuse('range.exhausted')).toEqual({ type: 'refuse', reason: 'range.exhausted' })
})
