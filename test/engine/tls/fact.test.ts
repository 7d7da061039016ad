import { expect, test } from 'vitest'
import { tlsProblem } from '../../../src/engine/tls/fact.ts'
import { TLS_REASONS } from '../../../src/engine/tls/reason.ts'
import { REASONS } from '../../../src/engine/session/reason.ts'

test('a problem names its reason and a detail', () => {
  expect(tlsProblem('tls.framing', 'record length')).toEqual({
    reason: 'tls.framing',
    detail: 'record length',
  })
})

test('every reason of a problem is one that the packet log knows, in the same words', () => {
  expect(Object.entries(REASONS)).toEqual(expect.arrayContaining(Object.entries(TLS_REASONS)))
})
