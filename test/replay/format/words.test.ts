import { expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { wordsOf } from '../../../src/replay/format/words.ts'

const WHO = { session: sessionId('r1'), client: '192.0.2.1:1', server: '192.0.2.2:21' }

test('what a record says in a few words', () => {
  expect(wordsOf({ type: 'capture.gap', ...WHO, side: 'server', bytes: 8 })).toEqual({
    what: 'gap',
    text: '8 bytes of the server are missing',
  })
  expect(wordsOf({ type: 'capture.held', ...WHO, commands: 3, verbs: ['PWD', 'CWD'] })).toEqual({
    what: 'held',
    text: '3 commands not judged: PWD CWD …',
  })
  expect(wordsOf({ type: 'capture.mid-stream', ...WHO, cause: 'no-beginning' })?.text).toContain(
    'is assumed',
  )
  expect(wordsOf({ type: 'capture.diverged', ...WHO, verb: 'AUTH', code: 234 })?.text).toContain(
    '234 to AUTH',
  )
  expect(
    wordsOf({
      type: 'session.refused',
      listener: 'x',
      client: '',
      server: '',
      reason: 'rule.denied',
      rule: 'blocked',
    }),
  ).toEqual({ what: 'refused', text: 'control · rule.denied · rule "blocked"' })
})

test('what just passes has nothing to say', () => {
  expect(wordsOf({ type: 'control.command', ...WHO, verb: 'NOOP' })).toBeUndefined()
  expect(
    wordsOf({ type: 'pinhole.close', ...WHO, pinhole: 'r1/p1' as never, reason: 'used' }),
  ).toBeUndefined()
})
