/** Who is let in where a session expects somebody. */
import { expect, test } from 'vitest'
import { type Conversation, HOSTS } from '../../support/conversation.ts'
import { GSSAPI_OPTIONS, protectedSession } from '../../support/gssapi-dialogue.ts'
import { deny, permit } from '../../support/rules.ts'
import { loggedIn } from '../hostile/expectations.ts'

const C = `${HOSTS.C}:40100`
const S = `${HOSTS.S}:20`
const RANGE = `${HOSTS.P_OUTSIDE}:40007`

function passive(): Conversation {
  return loggedIn().client('PASV\r\n').server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
}

test('the announced peer is let in once', () => {
  const talk = passive()
  const [local] = talk.listening
  expect(talk.connectData(C)).toBe('accepted')
  expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'used' }])
  expect(talk.connectData(C, local)).toBe('refused')
})

test('a server that is faster than its reply to PORT waits for that reply', () => {
  const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n')
  expect(talk.connectData(S)).toBe('accepted')
  expect(talk.effectsOf('holdData')).toHaveLength(1)
  expect(talk.effectsOf('dialData')).toEqual([])
  talk.server('200 ok\r\n')
  expect(talk.effectsOf('dialData')).toHaveLength(1)
})

test('only one may wait', () => {
  const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n')
  talk.connectData(S)
  expect(talk.connectData(S)).toBe('dropped')
  expect(talk.recordsOf('verdict').at(-1)).toMatchObject({
    verdict: 'drop-data',
    side: 'server',
    detail: `${HOSTS.S} port 20`,
  })
})

test('through the static range the rules are asked: nothing was announced', () => {
  const rules = [permit('control'), deny('passive-data', { name: 'no data' })]
  const talk = protectedSession({ ...GSSAPI_OPTIONS, rules })
  expect(talk.connectData(C, RANGE)).toBe('dropped')
  expect(talk.effectsOf('dialData')).toEqual([])
  expect(talk.reasons.at(-1)).toBe('rule.denied')
})

test('through the static range several may come, each to the port of the same number', () => {
  const talk = protectedSession()
  for (const port of [40_007, 40_008])
    expect(talk.connectData(C, `${HOSTS.P_OUTSIDE}:${port}`)).toBe('accepted')
  expect(talk.effectsOf('dialData').map(({ pinhole }) => pinhole.dial.port)).toEqual([
    40_007, 40_008,
  ])
})
