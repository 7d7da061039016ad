import { describe, expect, test } from 'vitest'
import { HOSTS } from '../../support/conversation.ts'
import { block, deny, permit, ports } from '../../support/rules.ts'
import {
  dialled,
  expectAlive,
  expectRejected,
  expectReplaced,
  loggedIn,
} from '../hostile/expectations.ts'

const control = permit('control')
const PORT = 'PORT 198,51,100,10,200,21\r\n'
const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)'

describe('what no rule permits is denied', () => {
  test('active mode', () => {
    const talk = loggedIn({ rules: [control, permit('passive-data')] })
    expectRejected(talk, PORT, 425, 'rule.none')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verb: 'PORT', detail: 'active-data from 10.0.0.20 to 198.51.100.10:51221' },
    ])
  })

  test('passive mode', () => {
    const talk = loggedIn({ rules: [control, permit('active-data')] })
    expectReplaced(talk, 'PASV', PASSIVE, 425, 'rule.none')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'replace', detail: 'passive-data from 198.51.100.10 to 10.0.0.20:40000' },
    ])
  })
})

describe('the first rule that matches decides, and is named', () => {
  const rules = [
    control,
    deny('active-data', { name: 'no high ports', port: ports('51000-51999') }),
    deny('passive-data', { name: 'not him', from: [block(HOSTS.C)] }),
    permit('active-data', { name: 'the rest' }),
    permit('passive-data', { name: 'the others' }),
  ]

  test('active mode', () => {
    const talk = loggedIn({ rules })
    expectRejected(talk, PORT, 425, 'rule.denied')
    expect(talk.recordsOf('verdict')).toMatchObject([{ rule: 'no high ports' }])
    talk.client('PORT 198,51,100,10,195,80\r\n').server('200 ok\r\n')
    expect(talk.recordsOf('pinhole.open')).toMatchObject([{ rule: 'the rest' }])
  })

  test('passive mode', () => {
    const talk = loggedIn({ rules })
    expectReplaced(talk, 'PASV', PASSIVE, 425, 'rule.denied')
    expect(talk.recordsOf('verdict')).toMatchObject([{ rule: 'not him' }])
    const other = loggedIn({ rules, client: `${HOSTS.X}:40000` })
    other.client('PASV\r\n').server(`${PASSIVE}\r\n`)
    expect(other.recordsOf('pinhole.open')).toMatchObject([{ rule: 'the others' }])
  })

  test('EPRT and 229 are asked about in the same way', () => {
    const talk = loggedIn({ rules })
    expectRejected(talk, 'EPRT |1|198.51.100.10|51221|\r\n', 425, 'rule.denied')
    expectReplaced(talk, 'EPSV', '229 ok (|||40000|)', 425, 'rule.denied')
  })
})

describe("the server's ports in passive mode", () => {
  const rules = [control, permit('passive-data', { port: ports('40000-40099') })]

  test.each([
    [156, 64, true],
    [156, 163, true],
    [156, 63, false],
    [156, 164, false],
  ])('%i,%i', (high, low, isPermitted) => {
    const talk = loggedIn({ rules }).client('PASV\r\n')
    talk.server(`227 Entering Passive Mode (10,0,0,20,${high},${low})\r\n`)
    expect(talk.sentTo('client').slice(0, 3)).toBe(isPermitted ? '227' : '425')
  })
})

describe("the server's source port in active mode", () => {
  const rules = [control, permit('active-data', { fromPort: ports('20') })]

  test('a connection from another port is dropped, one from port 20 is not', () => {
    const talk = loggedIn({ rules }).client(PORT).server('200 ok\r\n')
    expect(talk.connectData(`${HOSTS.S}:2020`)).toBe('dropped')
    expect(talk.recordsOf('verdict')).toMatchObject([
      {
        verdict: 'drop-data',
        reason: 'data.source-port',
        side: 'server',
        detail: '10.0.0.20 port 2020',
      },
    ])
    expect(dialled(talk)).toEqual([])
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(dialled(talk)).toEqual(['198.51.100.10:51221'])
    expectAlive(talk)
  })

  test('a denied source port lets the others through', () => {
    const denied = [control, deny('active-data', { fromPort: ports('20') }), permit('active-data')]
    const talk = loggedIn({ rules: denied }).client(PORT).server('200 ok\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('dropped')
    expect(talk.connectData(`${HOSTS.S}:2020`)).toBe('accepted')
  })
})
