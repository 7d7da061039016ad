/**
 * Hostile-peer cases F: how bytes become lines. Servers end lines, strip bytes and fold letters in
 * their own ways, so whatever can be read in two ways is refused and never sent on.
 */
import { describe, expect, test, vi } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectClosed, expectRejected, loggedIn } from './expectations.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const PORT = 'PORT 198,51,100,10,200,21'
const tolerant = { profile: { lineEnding: 'tolerant' } } as const

/** `line` goes to the server as `sent`, in one write. */
function expectSent(talk: Conversation, line: string, sent: string): void {
  const before = talk.effectsOf('send').length
  talk.client(line)
  const writes = talk.effectsOf('send').slice(before)
  expect.soft(writes.map(({ side }) => side)).toEqual(['server'])
  expect.soft(talk.takeSentTo('server')).toBe(sent)
}

describe('segments', () => {
  test('F2 nothing of a PORT is sent on before its line is whole, wherever it is cut', () => {
    const line = `${PORT}\r\n`
    for (let at = 1; at < line.length; at++) {
      const talk = loggedIn()
      talk.client(line.slice(0, at))
      expect(talk.sentTo('server')).toBe('')
      expect(talk.effectsOf('openPinhole')).toEqual([])
      expectSent(talk, line.slice(at), 'PORT 10,0,0,1,164,17\r\n')
    }
  })

  test.each([
    ['PASV', '227 Entering Passive Mode (10,0,0,20,156,64).\r\n'],
    ['EPSV', '229 Entering Extended Passive Mode (|||40000|)\r\n'],
  ])('F2 nothing of the reply to %s is sent on before its line is whole', (command, reply) => {
    for (let at = 1; at < reply.length; at++) {
      const talk = loggedIn()
      talk.client(`${command}\r\n`).server(reply.slice(0, at))
      expect(talk.sentTo('client')).toBe('')
      talk.server(reply.slice(at))
      expect(talk.sentTo('client')).toMatch(/^22[79] [^\r\n]*\r\n$/)
      expect(talk.effectsOf('openPinhole')).toHaveLength(1)
    }
  })

  test('F2 a multi-line reply is cut within its last code', () => {
    const talk = loggedIn()
    talk.client('STAT\r\n').server('211-a\r\n21').server('1 b\r\n')
    expect(talk.takeSentTo('client')).toBe('211-a\r\n211 b\r\n')
    expectAlive(talk)
  })

  test('F30 each command line is one write, and so is each reply line', () => {
    const talk = loggedIn()
    talk.client('NOOP\r\nSYST\r\nFEAT\r\nCWD AAAA').client('PORT 10,0,0,66,0,22\r\n')
    talk.server('200 ok\r\n215 x\r\n211-a\r\n b\r\n211 c\r\n250 ok\r\n')
    const writes = talk.effectsOf('send').map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
    for (const write of writes) expect(write).toMatch(/^[^\r\n]+\r\n$/)
    expect(talk.sentTo('server')).toBe('NOOP\r\nSYST\r\nFEAT\r\nCWD AAAAPORT 10,0,0,66,0,22\r\n')
  })

  test('F25 a thousand rewrites in a row, shorter and longer', () => {
    let turn = 0
    const talk = loggedIn({ random: (below) => (turn * 37) % below })
    for (; turn < 1000; turn++) {
      const low = turn % 200
      talk.client('PASV\r\n').server(`227 Entering Passive Mode (10,0,0,20,200,${low}).\r\n`)
      expect(talk.takeSentTo('client')).toMatch(
        /^227 Entering Passive Mode \(203,0,113,1,195,\d+\)\r\n$/,
      )
      expect(talk.takeSentTo('server')).toBe('PASV\r\n')
      talk.advance(1_000)
    }
    expectAlive(talk)
  })
})

describe('ends of lines', () => {
  test('F4 LF alone: refused', () => {
    expectRejected(loggedIn(), 'PASV\n', 500, 'cmd.bare-lf')
  })

  test('F4 LF alone: where the profile takes it, CR LF is sent on', () => {
    const talk = loggedIn(tolerant)
    expectSent(talk, 'PASV\n', 'PASV\r\n')
    talk.server('227 x (10,0,0,20,156,64)\n')
    expect(talk.takeSentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    talk.client('FEAT\n').server('211-a\n b\n211 c\n')
    expect(talk.takeSentTo('client')).toBe('211-a\r\n b\r\n211 c\r\n')
  })

  test.each([
    'NOOP\rPORT 10,0,0,66,0,22\r\n',
    'USER a\rPASS b\r\n',
    'RETR a\r.txt\r\n',
    '\rNOOP\r\n',
  ])('F5 a bare CR: %j is refused whole', (line) => {
    expectRejected(loggedIn(), line, 501, 'cmd.bare-cr')
    expectRejected(loggedIn(tolerant), line, 501, 'cmd.bare-cr')
  })

  test('F6 a line that only CR ends never ends, and the session with it', () => {
    const talk = loggedIn()
    talk.client('PASV\r').advance(29_999)
    expect(talk.isClosed).toBe(false)
    talk.advance(1)
    expect(talk.sentTo('server')).toBe('')
    expectClosed(talk, 'timeout.line')
  })

  test.each(['PO\0RT 10,0,0,66,0,22\r\n', 'PASV\0garbage\r\n', 'RETR a\0b\r\n', 'PASV\0\r\n'])(
    'F8 NUL: %j is refused',
    (line) => {
      expectRejected(loggedIn(), line, 501, 'cmd.nul')
      expectRejected(loggedIn(tolerant), line, 501, 'cmd.nul')
    },
  )

  test('F8 NUL in a reply ends the session', () => {
    const talk = loggedIn()
    talk.client('NOOP\r\n').server('200 o\0k\r\n')
    expect(talk.sentTo('client')).toMatch(/^421 [^\0]*\r\n$/)
    expectClosed(talk, 'reply.malformed')
  })

  test('F21 empty lines are ignored up to a budget', () => {
    const talk = loggedIn()
    talk.client('\r\n'.repeat(10))
    expectAlive(talk)
    talk.client('\r\n'.repeat(10))
    expectAlive(talk)
    talk.client('\r\n'.repeat(1000))
    expect(talk.sentTo('server')).toBe('')
    expectClosed(talk, 'cmd.empty')
  })
})

describe('a connection that ends within a line', () => {
  test.each([
    ['PASV\r', 'end'],
    ['PORT 198,51', 'reset'],
    ['QUIT', 'end'],
  ] as const)('%j and then %s: it is not executed, and nothing is left', (text, cause) => {
    const talk = loggedIn()
    talk.client(text).close('client', cause)
    expect(talk.sentTo('server')).toBe('')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'client-closed' }])
    expect(talk.gateway.counts).toEqual({ sessions: 0, clients: 0, pinholes: 0, leases: 0 })
  })

  test('F29 the command before it is answered first, however long that takes', () => {
    const talk = loggedIn()
    talk.client('NOOP\r\nPAS').close('client').advance(60_000)
    expect(talk.isClosed).toBe(false)
    talk.server('200 ok\r\n')
    expect(talk.sentTo('client')).toBe('200 ok\r\n')
    expect(talk.sentTo('server')).toBe('NOOP\r\n')
    expect(talk.isClosed).toBe(true)
  })

  test('F29 the server resets in the middle of a 227', () => {
    const talk = loggedIn()
    talk.client('PASV\r\n').server('227 Entering Passive Mode (10,0,0').close('server', 'reset')
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.isClosed).toBe(true)
  })
})

describe('blanks, letters and other bytes', () => {
  test.each(['SITE EXEC ls', 'site  exec ls', 'SITE    EXEC', 'Site exec'])(
    'F10 %j is denied, however many blanks a server would skip',
    (line) => {
      const talk = loggedIn({ profile: { deniedCommands: new Set(['SITE EXEC']) } })
      expectRejected(talk, `${line}\r\n`, 502, 'cmd.denied')
    },
  )

  test('F10 blanks at the end of a name belong to it', () => {
    expectSent(loggedIn(), 'DELE  a \r\n', 'DELE  a \r\n')
  })

  test.each([
    ['pasv', 'PASV'],
    ['PaSv', 'PASV'],
    ['epsv', 'EPSV'],
    ['port 198,51,100,10,200,21', 'PORT 10,0,0,1,164,17'],
    ['ePrT |1|198.51.100.10|51221|', 'EPRT |1|10.0.0.1|42001|'],
  ])('F11 %s is known in any case and sent as %s', (line, sent) => {
    expectSent(loggedIn(), `${line}\r\n`, `${sent}\r\n`)
  })

  test.each([
    'RETR \xc0\xae\xc0\xae\xc0\xaf\r\n',
    'RETR \xff\r\n',
    'RETR a\xfeb\r\n',
    'RETR \xed\xa0\x80\r\n',
    'MKD \x80\x9f\xa0\r\n',
  ])('F14 bytes that are no UTF-8 reach the server as they are: %j', (line) => {
    const talk = loggedIn()
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    talk.takeSentTo('server')
    expectSent(talk, line, line)
    expect(talk.recordsOf('control.command').at(-1)?.argument).toMatch(/^[ -~]+$/)
  })

  test('F15 a character in two segments stays whole', () => {
    const talk = loggedIn()
    talk.client('CWD caf\xc3').client('\xa9\r\n')
    expect(talk.sentTo('server')).toBe('CWD caf\xc3\xa9\r\n')
    expect(talk.recordsOf('control.command').at(-1)?.argument).toBe('café')
  })

  test('F19 the server gets what was parsed, whatever the urgent byte was', () => {
    const talk = loggedIn()
    // The client sent 42; its urgent 2 never reached us.
    talk.client('PORT 198,51,100,10,4').client(',1\r\n')
    expect(talk.recordsOf('rewrite')).toMatchObject([{ before: `${HOSTS.C}:1025` }])
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
  })
})
