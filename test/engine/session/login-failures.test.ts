/** R26: passwords are guessed through the proxy, on one connection and on many. */
import { describe, expect, test } from 'vitest'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { LoginFailures } from '../../../src/engine/session/login-failures.ts'
import { FAILING_CLIENTS_MAX } from '../../../src/engine/session/limits.ts'
import { sessionId } from '../../../src/engine/id.ts'
import { duration, instant } from '../../../src/net/instant.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { at, Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectClosed } from '../hostile/expectations.ts'

const { limits, timeouts } = DEFAULTS

function guess(talk: Conversation, user: string, code = 530): void {
  talk.client(`USER ${user}\r\n`).server('331 p\r\n').client('PASS x\r\n').server(`${code} no\r\n`)
}

/** A further session of the same proxy, as far as it gets. */
function connectAgain(talk: Conversation, name: string, client: string): readonly string[] {
  const before = talk.records.length
  talk.handle({
    type: 'clientConnected',
    session: sessionId(name),
    listener: 'front-door',
    client: at(client),
    local: at(`${HOSTS.P_OUTSIDE}:21`),
  })
  return talk.records
    .slice(before)
    .map((record) => ('reason' in record ? `${record.type} ${record.reason}` : record.type))
}

describe('one session', () => {
  test.each([530, 430])('R26 ends with 421 after the last failure is answered (%i)', (code) => {
    const talk = new Conversation().server('220 x\r\n')
    for (let count = 1; count <= limits.loginFailures; count++) {
      expect(talk.isClosed).toBe(false)
      talk.takeSentTo('client')
      guess(talk, `user${count}`, code)
    }
    expect(talk.sentTo('client')).toMatch(new RegExp(`^331 p\r\n${code} no\r\n421 `))
    expectClosed(talk, 'login.failures')
    expect(talk.recordsOf('verdict').at(-1)).toMatchObject({
      verdict: 'close',
      side: 'client',
      detail: '5 in this session',
    })
  })

  test('R26 530 to another command is no failed login, and neither is a refusal of ours', () => {
    const talk = new Conversation({ profile: { encryption: 'required' } }).server('220 x\r\n')
    for (let count = 0; count < 9; count++) talk.client('USER u\r\n')
    expect(talk.sentTo('client').match(/^530 /gm)).toHaveLength(9)
    const other = new Conversation().server('220 x\r\n')
    for (let count = 0; count < 9; count++) other.client('CWD x\r\n').server('530 log in\r\n')
    expectAlive(talk)
    expectAlive(other)
  })

  test('R26 a login that succeeds does not forgive: who has an account could guess on', () => {
    const talk = new Conversation({
      ruleset: { limits: { ...limits, loginFailures: 3 } },
    }).server('220 x\r\n')
    guess(talk, 'a')
    guess(talk, 'b')
    guess(talk, 'mine', 230)
    guess(talk, 'c')
    expectClosed(talk, 'login.failures')
  })
})

describe('many sessions of one client', () => {
  const ruleset = { limits: { ...limits, loginFailures: 2, loginFailuresPerClient: 4 } }

  function twoSessions(): Conversation {
    const talk = new Conversation({ ruleset }).server('220 x\r\n')
    guess(talk, 'a')
    guess(talk, 'b')
    const session = sessionId('s2')
    expect(connectAgain(talk, 's2', `${HOSTS.C}:40001`)).toEqual(['session.open'])
    for (const [side, text] of [
      ['server', '220 x\r\n'],
      ['client', 'USER c\r\n'],
      ['server', '530 no\r\n'],
      ['client', 'USER d\r\n'],
      ['server', '530 no\r\n'],
    ] as const)
      talk.handle({ type: 'bytes', session, side, bytes: Buffer.from(text) })
    return talk
  }

  test('R26 its next one is refused before any server is dialled, and nobody else’s', () => {
    const talk = twoSessions()
    const dialled = talk.effectsOf('connectServer').length
    expect(connectAgain(talk, 's3', `${HOSTS.C}:40002`)).toEqual(['session.refused login.failures'])
    expect(talk.effectsOf('connectServer')).toHaveLength(dialled)
    expect(connectAgain(talk, 's4', `${HOSTS.X}:40000`)).toEqual(['session.open'])
  })

  test('R26 until the time is over, counted from the first failure', () => {
    const talk = twoSessions()
    talk.skipTo(1_000 + timeouts.loginFailures - 1)
    expect(connectAgain(talk, 's3', `${HOSTS.C}:40002`)).toEqual(['session.refused login.failures'])
    talk.skipTo(1_000 + timeouts.loginFailures)
    expect(connectAgain(talk, 's4', `${HOSTS.C}:40003`)).toEqual(['session.open'])
  })

  test('R26 a session that runs ends with the failure that is too many for its client', () => {
    const one = { limits: { ...limits, loginFailures: 9, loginFailuresPerClient: 3 } }
    const talk = new Conversation({ ruleset: one }).server('220 x\r\n')
    for (const user of ['a', 'b', 'c']) guess(talk, user)
    expectClosed(talk, 'login.failures')
    expect(talk.recordsOf('verdict').at(-1)?.detail).toBe('3 of this client')
  })
})

describe('the table of clients', () => {
  const time = duration(1_000)
  const client = (index: number): Ip => ip(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)

  test('begins anew when the time of the first failure is over', () => {
    const table = new LoginFailures()
    expect(table.add(client(1), time, instant(5))).toBe(1)
    expect(table.add(client(1), time, instant(1_004))).toBe(2)
    expect(table.of(client(1), instant(1_004))).toBe(2)
    expect(table.of(client(1), instant(1_005))).toBe(0)
    expect(table.add(client(1), time, instant(1_005))).toBe(1)
    expect(table.of(client(2), instant(5))).toBe(0)
  })

  test('is bounded: who failed longest ago is forgotten', () => {
    const table = new LoginFailures()
    for (let index = 0; index < FAILING_CLIENTS_MAX; index++)
      table.add(client(index), time, instant(1))
    table.add(client(0), time, instant(2))
    table.add(client(FAILING_CLIENTS_MAX), time, instant(2))
    expect(table.size).toBe(FAILING_CLIENTS_MAX)
    expect(table.of(client(0), instant(2))).toBe(2)
    expect(table.of(client(1), instant(2))).toBe(0)
  })
})
