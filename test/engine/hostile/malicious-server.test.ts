/** Hostile-peer cases M: servers whose replies say something else than they should. */
import { describe, expect, test } from 'vitest'
import { at, HOSTS } from '../../support/conversation.ts'
import { block, permit, ports } from '../../support/rules.ts'
import {
  dialled,
  expectAlive,
  expectClosed,
  expectRejected,
  expectReplaced,
  loggedIn,
} from './expectations.ts'

const pasv = 'PASV'
const epsv = 'EPSV'

describe('the address in a 227', () => {
  test('M1 another host: the client gets 425 and nobody is dialled', () => {
    const talk = loggedIn()
    const line = '227 Entering Passive Mode (10,0,0,66,156,64).'
    expectReplaced(talk, pasv, line, 425, 'pasv.foreign-address')
    expect(talk.recordsOf('verdict')).toMatchObject([
      {
        verdict: 'replace',
        side: 'server',
        verb: 'PASV',
        argument: '227 Entering Passive Mode (10,0,0,66,156,64).',
      },
    ])
    // The client's next try is answered at once: the server would wait for a data connection.
    expectRejected(talk, 'RETR f\r\n', 425, 'setup.refused')
    expect(dialled(talk)).toEqual([])
  })

  test("M2 the proxy's own address does not pass as one of a listed network", () => {
    const talk = loggedIn({ profile: { thirdParty: [block('10.0.0.0/24')] } })
    const line = '227 Entering Passive Mode (10,0,0,1,156,64)'
    expectReplaced(talk, pasv, line, 425, 'pasv.foreign-address')
  })

  test.each([
    [pasv, '227 Entering Passive Mode (10,0,0,20,195,203)'],
    [epsv, '229 Entering Extended Passive Mode (|||50123|)'],
  ])("M3 a port outside the server's passive range: %s", (command, line) => {
    const rules = [permit('control'), permit('passive-data', { port: ports('40000-40099') })]
    expectReplaced(loggedIn({ rules }), command, line, 425, 'rule.none')
    const talk = loggedIn({ rules })
    talk.client('PASV\r\n').server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
  })
})

describe('the shape of the reply', () => {
  test('M9 the address is read from the last line, and one line is sent', () => {
    const talk = loggedIn().client('PASV\r\n')
    talk.server('227-junk (10,0,0,66,0,22)\r\n227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    talk.connectData(`${HOSTS.C}:40100`)
    expect(dialled(talk)).toEqual([`${HOSTS.S}:40000`])
  })

  test('M9 an address on an earlier line alone is none', () => {
    const lines = '227-Entering Passive Mode (10,0,0,20,156,64)\r\n227 end'
    expectReplaced(loggedIn(), pasv, lines, 425, 'pasv.malformed')
  })

  test('M10 replies behind a 227 that answer no command end the session', () => {
    const talk = loggedIn().client('PASV\r\n')
    talk.server('227 Passive (10,0,0,20,156,64)\r\n150 Opening\r\n226 Done\r\n')
    expect(talk.sentTo('client')).toMatch(
      /^227 Entering Passive Mode \(203,0,113,1,195,80\)\r\n421 [^\r]*\r\n$/,
    )
    expect(talk.reasons).toContain('reply.unsolicited')
    expectClosed(talk, 'reply.unsolicited')
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'session-closed' }])
  })

  test('M11 a refused PORT leaves nothing open', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n')
    const [port = ''] = talk.listening
    talk.server('500 Illegal PORT command.\r\n')
    expect(talk.takeSentTo('client')).toBe('500 Illegal PORT command.\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`, port)).toBe('refused')
    expect(talk.effectsOf('closePinhole')).toHaveLength(1)
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'refused' }])
    talk.client('STOR f\r\n')
    expect(talk.sentTo('client')).toMatch(/^425 /)
    expect(talk.reasons.at(-1)).toBe('setup.refused')
    expectAlive(talk)
  })

  test('M12 a connection before the 200 waits for it, and a second one is dropped', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('dropped')
    expect(talk.reasons).toEqual(['data.early', 'data.early'])
    expect(dialled(talk)).toEqual([])
    talk.server('200 ok\r\n')
    expect(dialled(talk)).toEqual([`${HOSTS.C}:51221`])
    expect(talk.connectData(`${HOSTS.S}:20`, '10.0.0.1:42001')).toBe('refused')
  })

  test('M12 a connection that waited for the 200 is dropped when PORT is refused', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    talk.server('500 no\r\n')
    expect(talk.effectsOf('dropData')).toHaveLength(1)
    expect(dialled(talk)).toEqual([])
    expectAlive(talk)
  })

  test('M12 without PORT there is nothing to connect to', () => {
    const talk = loggedIn()
    expect(talk.listening).toEqual([])
    talk.handle({
      type: 'dataConnection',
      connection: talk.nextConnection(),
      local: at(`${HOSTS.P_INSIDE}:42001`),
      peer: at(`${HOSTS.S}:20`),
    })
    expect(talk.effects.at(-2)?.type).toBe('dropData')
    expect(talk.recordsOf('data.refused')).toMatchObject([{ reason: 'data.extra-peer' }])
    expectAlive(talk)
  })
})
