import { expect, test } from 'vitest'
import { captureWords, isShownElsewhere } from '../../src/record/ladder-capture.ts'

test('each kind of record has its words', () => {
  const said = [
    { type: 'capture.gap', side: 'client', bytes: 12 },
    { type: 'capture.mid-stream', cause: 'gap' },
    { type: 'capture.held', commands: 3, verbs: ['RETR', 'QUIT'] },
    { type: 'capture.held', commands: 1, verbs: ['PORT'] },
    { type: 'capture.diverged', verb: 'AUTH', code: 234 },
    { type: 'capture.legs', local: 'a:1', from: 'b:2', by: 'file' },
    { type: 'capture.end', packets: 9, sessions: 2, proxied: 1, problem: 'cut-short' },
  ].map((fields) => captureWords(fields)?.text)
  expect(said).toEqual([
    '12 bytes of the client are missing',
    'goes on behind a gap; that the client is logged in is assumed',
    '3 commands not judged: RETR QUIT …',
    '1 command not judged: PORT',
    'the server said 234 to AUTH, which is refused here; the rest is not judged',
    'both are in the capture: client to a:1, b:2 to server',
    '9 packets, 2 control connections, 1 of them seen on both legs; the capture is not whole: cut-short',
  ])
})

test('a data connection: what let it through, or why nothing did', () => {
  const data = { type: 'capture.data', from: 'a:1', to: 'b:2', fromBytes: 0, toBytes: 5 }
  expect(captureWords({ ...data, cover: 'pinhole', pinhole: 'r1/p1' })).toEqual({
    what: 'data',
    text: 'a:1 → b:2 by pinhole',
    extra: 'p1 0 bytes out, 5 back',
  })
  const refused = { ...data, cover: 'none', reason: 'rule.none', rule: 'no data', detail: 'x' }
  expect(captureWords(refused)?.text).toBe('a:1 → b:2 uncovered · rule.none · rule "no data" · x')
})

test('fields that are missing, and records of another kind', () => {
  expect(captureWords({ type: 'capture.gap' })?.text).toBe(' bytes of the  are missing')
  expect(captureWords({ type: 'capture.else' })).toBeUndefined()
  expect(captureWords({ type: 'verdict' })).toBeUndefined()
})

test('what came to the proxy itself is in the ladder of its session already', () => {
  const data = { type: 'capture.data', isProxied: true }
  expect(isShownElsewhere({ ...data, cover: 'pinhole' })).toBe(true)
  expect(isShownElsewhere({ ...data, cover: 'none' })).toBe(false)
  expect(isShownElsewhere({ type: 'capture.data', cover: 'pinhole' })).toBe(false)
})
