/** Hostile-peer cases M: servers whose replies say something else than they should. */
import { describe, expect, test } from 'vitest'
import { at, Conversation, HOSTS } from '../../support/conversation.ts'
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

  test.each(['127,0,0,1,156,64', '0,0,0,0,156,64', '203,0,113,1,156,64', '169,254,169,254,0,80'])(
    'M2 the proxy, loopback, unspecified, metadata: %s',
    (tuple) => {
      const line = `227 Entering Passive Mode (${tuple})`
      expectReplaced(loggedIn(), pasv, line, 425, 'pasv.foreign-address')
    },
  )

  test("M2 the proxy's own address does not pass as one of a listed network", () => {
    const talk = loggedIn({ profile: { thirdParty: [block('10.0.0.0/24')] } })
    const line = '227 Entering Passive Mode (10,0,0,1,156,64)'
    expectReplaced(talk, pasv, line, 425, 'pasv.foreign-address')
  })

  test.each([
    [pasv, '227 Entering Passive Mode (10,0,0,20,0,22)'],
    [pasv, '227 Entering Passive Mode (10,0,0,20,3,255)'],
    [epsv, '229 Entering Extended Passive Mode (|||22|)'],
    [epsv, '229 Entering Extended Passive Mode (|||1|)'],
  ])('M3 a privileged port: %s %s', (command, line) => {
    expectReplaced(loggedIn(), command, line, 425, 'pasv.bad-port')
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

  test.each([
    '227 10,0,0,66,0,22 (10,0,0,20,156,64)',
    '227 (10,0,0,20,156,64) 10,0,0,66,0,22',
    '227 (10,0,0,20,156,64) (10,0,0,20,156,65)',
  ])('M5 two addresses in one line: %s', (line) => {
    expectReplaced(loggedIn(), pasv, line, 425, 'pasv.malformed')
  })

  test('M5 a digit in the text is no second address, and is not sent on', () => {
    const talk = loggedIn().client('PASV\r\n').server('227 1 Entering (10,0,0,20,156,64)\r\n')
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    talk.connectData(`${HOSTS.C}:40100`)
    expect(dialled(talk)).toEqual([`${HOSTS.S}:40000`])
  })

  test.each(['227 x (010,0,0,20,156,64)', '227 x (10,0,0,20,156,064)'])(
    'M6 numbers that readers disagree about: %s',
    (line) => {
      expectReplaced(loggedIn(), pasv, line, 425, 'pasv.malformed')
    },
  )

  test.each([
    '227 Passive (1216,256,2,127,127,127)',
    '227 Passive (212,27,32,66,257,243)',
    '227 Passive (10,0,0,20,255,65535)',
    '227 Passive (10,0,0,20,999,1)',
    '227 Passive (10,0,0,20,156)',
    '227 Passive (10,0,0,20,156,64,1)',
    '227 Passive (10,0,0,20,-1,64)',
    '227 Passive (10,0,0,20,0,0)',
    '227 Passive',
    '227',
  ])('M7 numbers out of range, too many or too few: %s', (line) => {
    expectReplaced(loggedIn(), pasv, line, 425, 'pasv.malformed')
  })

  test.each([
    '227 Passiver Modus (10,0,0,20,156,64)',
    '227 \xe9\x80\xb2\xe5\x85\xa5\xe8\xa2\xab\xe5\x8b\x95\xe6\xa8\xa1\xe5\xbc\x8f (10,0,0,20,156,64)',
    '227 =10,0,0,20,156,64',
    '227 Entering Passive Mode 10,0,0,20,156,64',
  ])('Q24 the words around the address say nothing: %s', (line) => {
    const talk = loggedIn().client('PASV\r\n').server(`${line}\r\n`)
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
  })
})

describe('the port in a 229', () => {
  test.each([
    '(|1|10.0.0.66|40001|)',
    '(|2|2001:db8::66|40001|)',
    '(|1||40001|)',
    '(||10.0.0.20|40001|)',
  ])('M4 an address that should not be there: %s', (group) => {
    expectReplaced(loggedIn(), epsv, `229 ok ${group}`, 425, 'pasv.malformed')
  })

  test.each([
    '(|||1000000|)',
    '(|||65536|)',
    '(|||65558|)',
    '(|||-5|)',
    '(|||0|)',
    '(1114000111)',
    '(   40001 )',
    '(||40001|)',
    '(|||40001)',
    '(|||40001|x)',
    '(|||4|0001|)',
    '(|||040001|)',
    '(|||40001|) (|||40002|)',
    '|||40001|',
    '',
  ])('M8 a port out of range, or odd delimiters: %s', (group) => {
    expectReplaced(loggedIn(), epsv, `229 ok ${group}`, 425, 'pasv.malformed')
  })

  test('M8 another delimiter is understood and not sent on', () => {
    const talk = loggedIn().client('EPSV\r\n').server('229 ok (!!!40001!)\r\n')
    expect(talk.sentTo('client')).toBe('229 Entering Extended Passive Mode (|||50000|)\r\n')
    talk.connectData(`${HOSTS.C}:40100`)
    expect(dialled(talk)).toEqual([`${HOSTS.S}:40001`])
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

  test.each(['PORT 198,51,100,10,0,22', 'PASV', '22', '2270 x', '027 x', '799 x', '22x text'])(
    'M13 a line of the server that is no reply: %s',
    (line) => {
      const talk = loggedIn().client('NOOP\r\n').server(`${line}\r\n`)
      expect(talk.sentTo('client')).not.toContain(line)
      expect(talk.effectsOf('openPinhole')).toEqual([])
      expectClosed(talk, 'reply.malformed')
    },
  )

  test('M14 a reply from the client is no command, and no server echoes it', () => {
    const talk = loggedIn()
    expectRejected(talk, '227 Entering Passive Mode (10,0,0,20,0,22)\r\n', 500, 'cmd.syntax')
    expectRejected(talk, '229 Extended (|||40001|)\r\n', 500, 'cmd.syntax')
  })

  test('M15 a 227 inside the banner is text, and is padded', () => {
    const talk = new Conversation()
    talk.server('220-\r\n227 Entering Passive Mode (10,0,0,66,0,22)\r\n220 hi\r\n')
    expect(talk.sentTo('client')).toBe(
      '220-\r\n 227 Entering Passive Mode (10,0,0,66,0,22)\r\n220 hi\r\n',
    )
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.isClosed).toBe(false)
  })

  test.each([
    '227 Entering Passive Mode (10,0,0,20,0,22)',
    '200 hi',
    '230 in',
    '331 p',
    '229 x (|||4|)',
  ])('M15 Q14 a banner that is no greeting: %s', (line) => {
    const talk = new Conversation().server(`${line}\r\n`)
    expect(talk.sentTo('client')).toMatch(/^421 [^\r\n]*\r\n$/)
    expectClosed(talk, 'reply.greeting')
  })

  test.each([
    [epsv, '227 Entering Passive Mode (10,0,0,20,156,64)'],
    [pasv, '229 Entering Extended Passive Mode (|||40000|)'],
    [pasv, '200 ok'],
    [pasv, '331 more'],
    [pasv, '150 go'],
    [pasv, '631 cHJvdGVjdGVk'],
    ['PORT 198,51,100,10,200,21', '631 cHJvdGVjdGVk'],
  ])('M16 a code that belongs to another command: %s', (command, line) => {
    const talk = loggedIn().client(`${command}\r\n`).server(`${line}\r\n`)
    expect(talk.sentTo('client')).toMatch(/^425 [^\r\n]*\r\n$/)
    expect(talk.reasons.at(-1)).toBe('setup.mismatch')
    expect(talk.listening).toEqual([])
    expectAlive(talk)
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expect(talk.reasons.at(-1)).toBe('setup.refused')
  })
})
