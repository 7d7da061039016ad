/** Hostile-peer cases F of the server's side, and Telnet in both directions. */
import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectClosed, expectRejected, loggedIn } from './expectations.ts'

/** A session in the middle of a download. */
function downloading(): Conversation {
  const talk = loggedIn()
  talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
  talk.connectData(`${HOSTS.C}:40100`)
  talk.client('RETR f\r\n').server('150 go\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

describe('Telnet before ABOR', () => {
  test.each([
    ['IP and Synch', ['\xff\xf4\xff\xf2ABOR\r\n']],
    ['the urgent DM is gone', ['\xff\xf4\xff', 'ABOR\r\n']],
    ['the urgent IAC is gone', ['\xff\xf4', '\xf2ABOR\r\n']],
    ['DM alone', ['\xf2ABOR\r\n']],
    ['byte by byte', '\xff\xf4\xff\xf2ABOR\r\n'.split('')],
  ])('F16 %s: ABOR goes on as plain bytes, and the transfer ends', (_, segments) => {
    const talk = downloading()
    for (const segment of segments) talk.client(segment)
    expect(talk.sentTo('server')).toBe('ABOR\r\n')
    talk.server('426 aborted\r\n226 closed\r\n')
    expect(talk.sentTo('client')).toBe('426 aborted\r\n226 closed\r\n')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'telnet.stripped', verb: 'ABOR' },
    ])
    expectAlive(talk)
  })

  test.each(['STAT', 'QUIT'])('F16 %s may follow as well', (verb) => {
    const talk = downloading()
    talk.client(`\xff\xf4\xff\xf2${verb}\r\n`)
    expect(talk.sentTo('server')).toBe(`${verb}\r\n`)
  })
})

describe('Telnet anywhere else', () => {
  test.each([
    'PORT 198,51,100,10,\xff\xf1200,21\r\n',
    '\xff\xf4\xff\xf2PORT 198,51,100,10,200,21\r\n',
    '\xff\xf1PASV\r\n',
    'RETR a\xff\xf4b\r\n',
    'SITE EX\xff\xf1EC x\r\n',
    '\xff\xf4\xff\xf2\r\n',
  ])('F17 %j is refused', (line) => {
    expectRejected(loggedIn(), line, 501, 'cmd.telnet')
  })

  test('F17 an option negotiation within a verb is refused for its control byte', () => {
    const line = 'PO\xff\xfb\x01RT 198,51,100,10,200,21\r\n'
    expectRejected(loggedIn(), line, 501, 'cmd.control-byte')
  })

  test('F17 an IAC in one segment and its command in the next', () => {
    const talk = loggedIn()
    talk.client('PORT 198,51,100,10,\xff').client('\xf1200,21\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.reasons).toEqual(['cmd.telnet'])
  })
})

test('F18 IAC IAC is the data byte 255: both bytes go on, and the record shows them', () => {
  const talk = loggedIn()
  talk.client('SIZE \xff\xffx\r\n')
  expect(talk.sentTo('server')).toBe('SIZE \xff\xffx\r\n')
  expect(talk.recordsOf('control.command').at(-1)?.argument).toBe('\\xff\\xffx')
})

describe('Telnet negotiation of the server', () => {
  test.each(['\xff\xfd\x06', '\xff\xfb\x01\xff\xfd\x03', '\xff\xf1'])(
    'F20 %j before its greeting is dropped, and nobody is blind for it',
    (telnet) => {
      const talk = new Conversation()
      talk.server(telnet).server('220 x\r\n')
      expect(talk.takeSentTo('client')).toBe('220 x\r\n')
      expect(talk.reasons).toEqual(['telnet.stripped'])
      talk.client('USER u\r\n').server('230 ok\r\n').client('PASV\r\n')
      talk.server('227 x (10,0,0,20,156,64)\r\n')
      expect(talk.effectsOf('openPinhole')).toHaveLength(1)
    },
  )

  test('F20 alone it is no reply', () => {
    const talk = new Conversation().server('\xff\xfd\x06\r\n')
    expectClosed(talk, 'reply.malformed')
  })
})

describe('what is no reply', () => {
  test.each([
    '22 hi',
    '2x0 hi',
    '099 x',
    '700 x',
    '200hi',
    '200\thi',
    '-200',
    ' 200 x',
    '',
    '２００',
    '\xef\xbb\xbf200 x',
  ])('F22 %j ends the session, and the client never sees it', (line) => {
    const talk = loggedIn()
    talk.client('NOOP\r\n').server(Buffer.from(`${line}\r\n`))
    expect(talk.sentTo('client')).toBe('421 The server sent something that is not a reply.\r\n')
    expectClosed(talk, 'reply.malformed')
  })

  test('F22 a code alone is a reply', () => {
    const talk = loggedIn()
    talk.client('NOOP\r\n').server('200\r\n')
    expect(talk.takeSentTo('client')).toBe('200\r\n')
    expectAlive(talk)
  })

  test.each(['200 ok\n', '200 o\rk\r\n', '200 ok\r\r\n'])(
    'F4 F7 %j ends the session where lines end in CR LF',
    (line) => {
      const talk = loggedIn()
      talk.client('NOOP\r\n').server(line)
      expectClosed(talk, 'reply.malformed')
    },
  )

  test('F22 it is known by its first byte, before its line is whole, if that begins no command', () => {
    const talk = loggedIn()
    talk.client('NOOP\r\n').server('+O')
    expectClosed(talk, 'reply.malformed')
  })
})

describe('the end of a multi-line reply', () => {
  test.each([
    ['211-A\r\n211-B\r\n211 C\r\n', '211-A\r\n211-B\r\n211 C\r\n'],
    ['211-A\r\n 211 not the end\r\n211\r\n', '211-A\r\n 211 not the end\r\n211\r\n'],
    ['211-A\r\n2111 x\r\n211 end\r\n', '211-A\r\n 2111 x\r\n211 end\r\n'],
    ['211-A\r\n211\tx\r\n211 end\r\n', '211-A\r\n 211\tx\r\n211 end\r\n'],
    ['211-A\r\n212 x\r\n211 end\r\n', '211-A\r\n 212 x\r\n211 end\r\n'],
  ])('F23 %j', (reply, delivered) => {
    const talk = loggedIn()
    talk.client('STAT\r\n').server(reply)
    expect(talk.takeSentTo('client')).toBe(delivered)
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({
      code: 211,
      lines: reply.split('\r\n').length - 1,
    })
    expectAlive(talk)
  })
})

describe('replies in one segment', () => {
  test('F24 two replies answer two commands', () => {
    const talk = loggedIn()
    talk.client('NOOP\r\nSYST\r\n').server('200 a\r\n215 b\r\n')
    const replies = talk.recordsOf('control.reply').slice(-2)
    expect(replies).toMatchObject([
      { verb: 'NOOP', code: 200 },
      { verb: 'SYST', code: 215 },
    ])
  })

  test('F24 150 and 226 together', () => {
    const talk = loggedIn()
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n').client('RETR f\r\n')
    talk.takeSentTo('client')
    talk.server('150 go\r\n226 done\r\n')
    expect(talk.sentTo('client')).toBe('150 go\r\n226 done\r\n')
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
  })

  test('F24 a greeting and one reply too many', () => {
    const talk = new Conversation().server('220 x\r\n331 y\r\n')
    expect(talk.sentTo('client')).toMatch(/^220 x\r\n421 /)
    expectClosed(talk, 'reply.unsolicited')
  })
})
