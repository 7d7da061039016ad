import { describe, expect, test } from 'vitest'
import { Conversation } from '../../support/conversation.ts'
import { expectAlive, expectClosed, loggedIn } from '../hostile/expectations.ts'

describe('greeting', () => {
  test('120 announces it', () => {
    const talk = new Conversation().client('USER u\r\n').server('120 in five minutes\r\n')
    expect(talk.sentTo('server')).toBe('')
    talk.server('220 now\r\n')
    expect(talk.sentTo('server')).toBe('USER u\r\n')
    expect(talk.sentTo('client')).toBe('120 in five minutes\r\n220 now\r\n')
  })

  test('421 instead of it', () => {
    const talk = new Conversation().server('421 full\r\n')
    expect(talk.sentTo('client')).toBe('421 full\r\n')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'server-closed' }])
  })

  test('several lines are one greeting', () => {
    const talk = new Conversation().client('USER u\r\n').server('220-a\r\n b\r\n')
    expect(talk.sentTo('server')).toBe('')
    talk.server('220 c\r\n')
    expect(talk.sentTo('client')).toBe('220-a\r\n b\r\n220 c\r\n')
    expect(talk.recordsOf('control.reply')).toMatchObject([{ code: 220, text: 'a', lines: 3 }])
  })
})

describe('replies that need nothing done', () => {
  test('go on line by line, as they come', () => {
    const talk = loggedIn().client('FEAT\r\n').server('211-Features\r\n')
    expect(talk.takeSentTo('client')).toBe('211-Features\r\n')
    talk.server(' UTF8\r\n EP')
    expect(talk.takeSentTo('client')).toBe(' UTF8\r\n')
    talk.server('SV\r\n211 End\r\n')
    expect(talk.takeSentTo('client')).toBe(' EPSV\r\n211 End\r\n')
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({
      code: 211,
      verb: 'FEAT',
      text: 'Features',
      lines: 4,
    })
  })

  test('a line between that looks like a reply is padded', () => {
    const talk = loggedIn().client('HELP\r\n').server('214-x\r\n227 y (1,2,3,4,5,6)\r\n214 z\r\n')
    expect(talk.sentTo('client')).toBe('214-x\r\n 227 y (1,2,3,4,5,6)\r\n214 z\r\n')
    expectAlive(talk)
  })

  test('a code alone is a reply', () => {
    const talk = loggedIn().client('NOOP\r\n').server('200\r\n')
    expect(talk.takeSentTo('client')).toBe('200\r\n')
    expectAlive(talk)
  })

  test('Telnet sequences before it are dropped and noted', () => {
    const talk = loggedIn().client('NOOP\r\n').server('\xff\xfb\x01200 ok\r\n')
    expect(talk.takeSentTo('client')).toBe('200 ok\r\n')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'telnet.stripped', side: 'server' },
    ])
    expectAlive(talk)
  })
})

describe('replies that set up data connections', () => {
  test('a refusal goes on whole, all its lines', () => {
    const talk = loggedIn().client('PASV\r\n').server('500-no\r\n 227 x (1,2,3,4,5,6)\r\n')
    expect(talk.sentTo('client')).toBe('')
    talk.server('500 no\r\n')
    expect(talk.takeSentTo('client')).toBe('500-no\r\n 227 x (1,2,3,4,5,6)\r\n500 no\r\n')
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({
      code: 500,
      verb: 'PASV',
      lines: 3,
    })
    expectAlive(talk)
  })

  test('the record shows what the client was told', () => {
    const talk = loggedIn().client('PASV\r\n').server('227-a\r\n227 b (10,0,0,20,156,64)\r\n')
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({
      code: 227,
      verb: 'PASV',
      text: 'Entering Passive Mode (203,0,113,1,195,80)',
      lines: 1,
    })
  })

  test('a withheld reply is in the verdict, ours in the record of the reply', () => {
    const talk = loggedIn().client('PASV\r\n').server('227 b (10,0,0,66,156,64)\r\n')
    const [verdict, reply] = talk.records.slice(-2)
    expect(verdict).toMatchObject({ verdict: 'replace', argument: '227 b (10,0,0,66,156,64)' })
    expect(reply).toMatchObject({ type: 'control.reply', code: 425, verb: 'PASV', local: true })
  })
})

describe('what ends the session', () => {
  test.each([
    ['a line that is too long', '2'.repeat(4_098), 'reply.too-long'],
    ['a bare CR', '200 a\rb\r\n', 'reply.malformed'],
    ['a bare LF', '200 ok\n', 'reply.malformed'],
    ['a NUL', '200 a\0b\r\n', 'reply.malformed'],
    ['a line that does not start with a digit', 'ok\r\n', 'reply.malformed'],
    ['such a line, before its end', '!', 'reply.malformed'],
    ['an empty line', '\r\n', 'reply.malformed'],
  ])('%s', (_, bytes, reason) => {
    const talk = loggedIn().client('NOOP\r\n').server(bytes)
    expectClosed(talk, reason)
    expect(talk.sentTo('client')).toMatch(/^421 /)
  })

  test('a multi-line reply without end; no 421 is put into it', () => {
    const talk = loggedIn().client('FEAT\r\n').server('211-x\r\n')
    for (let count = 0; count < 1_000 && !talk.isClosed; count++) talk.server(' y\r\n')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'reply.unterminated' }])
    expect(talk.sentTo('client')).toMatch(/ y\r\n$/)
    expect(talk.sentTo('client').split('\r\n')).toHaveLength(1_000 + 1)
  })

  test('the server goes in the middle of a reply', () => {
    const talk = loggedIn().client('FEAT\r\n').server('211-x\r\n').close('server')
    expect(talk.sentTo('client')).toBe('211-x\r\n')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'server-closed' }])
  })
})
