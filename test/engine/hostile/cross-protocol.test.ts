/**
 * Hostile-peer cases N: a browser, a phone or a mail client that was made to speak to an FTP port
 * (NAT slipstreaming, ALPACA), and text that is made to look like a command or reply.
 */
import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectClosed, expectRejected, loggedIn } from './expectations.ts'

const BODY = 'USER a\r\nPASS b\r\nPORT 198,51,100,10,13,61\r\n'
const POST = `POST / HTTP/1.1\r\nHost: 203.0.113.1:21\r\nContent-Length: 40\r\n\r\n${BODY}`
const POISON = '227 Entering Passive Mode (10,0,0,20,0,22)'

/** The session is over, and not a byte of it went to the server. */
function expectNothingSent(talk: Conversation, reason: string): void {
  expect.soft(talk.sentTo('server')).toBe('')
  expect.soft(talk.effectsOf('openPinhole')).toEqual([])
  expectClosed(talk, reason)
}

function greeted(): Conversation {
  return new Conversation().server('220 x\r\n')
}

describe('clients of other protocols', () => {
  test('N1 an HTTP request ends the session at its first line', () => {
    expectNothingSent(greeted().client(POST), 'proto.http')
    expectNothingSent(loggedIn().client(POST), 'proto.http')
    expectNothingSent(greeted().client(`\r\n\r\n${POST}`), 'proto.http')
  })

  test.each([
    'GET',
    'POST',
    'PUT',
    'HEAD',
    'OPTIONS',
    'DELETE',
    'CONNECT',
    'TRACE',
    'PATCH',
    'PRI',
  ])('N1 %s is a verb of HTTP, in any case and without a path', (verb) => {
    expectNothingSent(loggedIn().client(`${verb} / HTTP/1.1\r\n`), 'proto.http')
    expectNothingSent(loggedIn().client(`${verb.toLowerCase()} x\r\n`), 'proto.http')
    expectNothingSent(loggedIn().client(`${verb}\r\n`), 'proto.http')
  })

  test('N1 DELE is a verb of FTP', () => {
    const talk = loggedIn().client('DELE f\r\n')
    expect(talk.sentTo('server')).toBe('DELE f\r\n')
  })

  test('N2 ten bad lines are answered, the next ends the session', () => {
    const talk = loggedIn()
    for (let count = 0; count < 10; count++) expectRejected(talk, 'Host: x\r\n', 500, 'cmd.syntax')
    talk.client('Host: x\r\nPORT 198,51,100,10,200,21\r\n')
    expect(talk.sentTo('client')).toMatch(/^500 .*\r\n421 .*\r\n$/)
    expect(talk.sentTo('server')).toBe('')
    expectClosed(talk, 'cmd.budget')
  })

  test.each([
    ['REGISTER sip:x SIP/2.0', 'proto.foreign'],
    ['INVITE sip:x SIP/2.0', 'proto.foreign'],
    ['OPTIONS sip:x SIP/2.0', 'proto.http'],
    ['DESCRIBE rtsp://x RTSP/1.0', 'proto.foreign'],
    ['EHLO x', 'proto.foreign'],
    ['HELO x', 'proto.foreign'],
    ['MAIL FROM:<a>', 'proto.foreign'],
    ['NICK x', 'proto.foreign'],
    ['*1', 'proto.foreign'],
    ['$4', 'proto.foreign'],
    ['SSH-2.0-x', 'proto.foreign'],
  ])('N3 %s ends the session', (line, reason) => {
    expectNothingSent(loggedIn().client(`${line}\r\n${BODY}`), reason)
    expectNothingSent(greeted().client(`${line}\r\n`), reason)
  })

  test.each([
    ['STUN', '\x00\x01\x00\x08\x21\x12\xa4\x42', 'cmd.binary'],
    ['TPKT', '\x03\x00\x00\x16\x11\xe0', 'cmd.binary'],
    ['SSL 2', '\x80\x2e\x01\x03\x01', 'cmd.binary'],
    ['TLS', '\x16\x03\x01\x02\x00\x01', 'tls.unexpected'],
    ['an escape sequence', '\x1b[A\r\n', 'cmd.binary'],
  ])('N15 the first byte of %s is enough', (_, bytes, reason) => {
    expectNothingSent(loggedIn().client(bytes.charAt(0)), reason)
    expectNothingSent(loggedIn().client(bytes), reason)
    expectNothingSent(greeted().client(bytes), reason)
  })

  test('N15 binary behind a good line ends the session there', () => {
    const talk = loggedIn().client('NOOP\r\n\x00\x01PORT 198,51,100,10,200,21\r\n')
    expect(talk.sentTo('server')).toBe('NOOP\r\n')
    expectClosed(talk, 'cmd.binary')
  })
})

describe('before the greeting', () => {
  test('N11 one line waits for it', () => {
    const talk = new Conversation().client('USER u\r\n')
    expect(talk.sentTo('server')).toBe('')
    talk.server('220 x\r\n')
    expect(talk.sentTo('server')).toBe('USER u\r\n')
    expect(talk.sentTo('client')).toBe('220 x\r\n')
  })

  test('N11 a second line ends the session', () => {
    expectNothingSent(new Conversation().client('USER u\r\nPASS p\r\n'), 'cmd.early')
    expectNothingSent(new Conversation().client('USER u\r\n').client('NOOP\r\n'), 'cmd.early')
  })

  test.each(['Host: x\r\n', 'PASV\n', 'A\0B\r\n', '\tx\r\n'])(
    'N11 %j, which is no command, ends it at once',
    (line) => {
      expectNothingSent(new Conversation().client(line), 'cmd.early')
    },
  )

  test('N11 a client of another protocol is told by its first line', () => {
    expectNothingSent(new Conversation().client(POST), 'proto.http')
  })

  test('N12 a browser and a server that says yes to everything', () => {
    const talk = new Conversation().client(POST)
    for (let count = 0; count < 10; count++) talk.server('200 yes\r\n')
    expectNothingSent(talk, 'proto.http')
  })

  test('N12 what a browser is made to say opens nothing where active mode is denied', () => {
    const talk = loggedIn({ profile: { activeMode: 'denied' } })
    expectRejected(talk, 'PORT 198,51,100,10,200,21\r\n', 502, 'active.denied')
  })

  test('N12 not even a login that the server made up lets a service port through', () => {
    const talk = loggedIn()
    expectRejected(talk, 'PORT 198,51,100,10,13,61\r\n', 504, 'port.denylisted')
    expectRejected(talk, 'PORT 198,51,100,10,0,22\r\n', 504, 'port.privileged')
  })

  test('N12 only the server may come to what PORT opened', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n')
    expect(talk.connectData(`${HOSTS.X}:20`)).toBe('dropped')
    expect(talk.connectData(`${HOSTS.C}:20`)).toBe('dropped')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(talk.effectsOf('dialData').map(({ pinhole }) => pinhole.dial.address)).toEqual([HOSTS.C])
  })
})

describe('commands within commands', () => {
  test('N4 a segment that starts with PORT starts no line', () => {
    const talk = loggedIn()
    talk.client(`CWD ${'A'.repeat(1452)}`).client('PORT 198,51,100,10,200,21\r\n')
    expect(talk.sentTo('server')).toBe(`CWD ${'A'.repeat(1452)}PORT 198,51,100,10,200,21\r\n`)
    expect(talk.recordsOf('control.command').at(-1)?.verb).toBe('CWD')
    expect(talk.effectsOf('openPinhole')).toEqual([])
  })

  test('N5 a line that was injected into an argument is a command of its own, in its turn', () => {
    const talk = loggedIn()
    talk.client('CWD a\r\nPORT 198,51,100,10,200,21\r\n')
    expect(talk.takeSentTo('server')).toBe('CWD a\r\n')
    talk.server('250 ok\r\n')
    expect(talk.takeSentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
    expect(talk.recordsOf('control.command').map(({ verb }) => verb)).toEqual([
      'USER',
      'PASS',
      'CWD',
      'PORT',
    ])
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(talk.effectsOf('dialData')).toEqual([])
  })
})

describe('replies within replies', () => {
  test('N6 a 227 in the text of an error is text', () => {
    const talk = loggedIn().client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    talk.takeSentTo('client')
    talk.client(`NLST ${POISON}\r\n`).server(`550 ${POISON}: No such file.\r\n`)
    expect(talk.takeSentTo('client')).toBe(`550 ${POISON}: No such file.\r\n`)
    expect(talk.effectsOf('openPinhole')).toHaveLength(1)
    expectAlive(talk)
  })

  test('N7 an echo with LF inside becomes no second reply', () => {
    const echo = `257 "a\n${POISON}" created\r\n`
    const strict = loggedIn().client('MKD a\r\n').server(echo)
    expect(strict.sentTo('client')).toMatch(/^421 [^\n]*\r\n$/)
    expectClosed(strict, 'reply.malformed')
    const tolerant = loggedIn({ profile: { lineEnding: 'tolerant' } })
    tolerant.client('MKD a\r\n').server(echo)
    expect(tolerant.sentTo('client')).toMatch(/^257 "a\r\n421 [^\n]*\r\n$/)
    expect(tolerant.effectsOf('openPinhole')).toEqual([])
    expectClosed(tolerant, 'reply.unsolicited')
  })

  test('N10 another code ends no multi-line reply', () => {
    const talk = loggedIn().client('NOOP\r\n')
    talk.server('230-WARNING bare linefeeds\r\n   x\r\n226 Transfer complete.\r\n')
    expect(talk.takeSentTo('client')).toBe(
      '230-WARNING bare linefeeds\r\n   x\r\n 226 Transfer complete.\r\n',
    )
    talk.client('PASV\r\n').server(`${POISON}\r\n`)
    expect(talk.takeSentTo('client')).toBe(` ${POISON}\r\n`)
    expect(talk.effectsOf('openPinhole')).toEqual([])
    talk.advance(60_000)
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'timeout.reply' }])
  })

  test('N10 more lines than any reply has end the session', () => {
    const talk = loggedIn().client('NOOP\r\n')
    talk.server('230-x\r\n').server('x\r\n'.repeat(2000))
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'reply.unterminated' }])
  })

  test.each([
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 400 Bad Request\r\n',
    '* OK IMAP4 ready\r\n',
    '+OK POP3\r\n',
    '\x16\x03\x01\x02\x00',
    '\x00',
  ])('N13 a server that says %j is none', (bytes) => {
    const talk = new Conversation().server(bytes)
    expect(talk.sentTo('client')).toBe('421 The server sent something that is not a reply.\r\n')
    expect(JSON.stringify(talk.records)).not.toContain(bytes.slice(0, 5))
    expectClosed(talk, 'reply.malformed')
  })
})
