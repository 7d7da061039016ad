import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectClosed, expectRejected, loggedIn } from '../hostile/expectations.ts'

describe('commands that may not pass', () => {
  const profile = { deniedCommands: new Set(['DELE', 'SITE EXEC']) }

  test.each(['DELE f', 'dele f', 'SITE EXEC rm', 'SITE exec rm', 'site EXEC'])(
    'the profile denies %s',
    (line) => {
      const talk = loggedIn({ profile })
      expectRejected(talk, `${line}\r\n`, 502, 'cmd.denied')
      expect(talk.recordsOf('verdict')).toMatchObject([
        { verdict: 'reject', side: 'client', verb: line.slice(0, 4).toUpperCase().trim() },
      ])
    },
  )

  test.each(['SITE CHMOD 1 f', 'SITE', 'SITE EXECUTE', 'XDEL f'])('and not %s', (line) => {
    const talk = loggedIn({ profile }).client(`${line}\r\n`)
    expect(talk.sentTo('server')).toBe(`${line}\r\n`)
  })

  test('what the profile denies is no sign of an attack; what FTP does not know is', () => {
    const talk = loggedIn({ profile })
    for (let count = 0; count < 50; count++) talk.client('DELE f\r\n')
    expectAlive(talk)
    for (let count = 0; count < 11; count++) talk.client('P@SW\r\n')
    expectClosed(talk, 'cmd.budget')
    expect(talk.sentTo('client').match(/^502 /gm)).toHaveLength(61 - 50)
  })

  test('ten bad lines are answered, the eleventh ends the session', () => {
    const talk = loggedIn()
    for (let count = 0; count < 10; count++) expectRejected(talk, '1\r\n', 500, 'cmd.syntax')
    talk.client('1\r\n')
    expectClosed(talk, 'cmd.budget')
  })

  test('empty lines are passed over, ten in a row', () => {
    const talk = loggedIn().client('\r\n'.repeat(10))
    expectAlive(talk)
    talk.client('\r\n'.repeat(10))
    expectAlive(talk)
    talk.client('\r\n'.repeat(11))
    expectClosed(talk, 'cmd.empty')
  })
})

describe('before the greeting', () => {
  test('one command waits for it', () => {
    const talk = new Conversation().client('USER u\r\n')
    expect(talk.sentTo('server')).toBe('')
    talk.server('220 x\r\n')
    expect(talk.sentTo('server')).toBe('USER u\r\n')
  })

  test('two are too many', () => {
    const talk = new Conversation().client('USER u\r\n').client('PASS p\r\n')
    expectClosed(talk, 'cmd.early')
  })

  test('also when the server is not connected yet', () => {
    const talk = new Conversation({ unanswered: ['connectServer'] }).client('USER u\r\n')
    expect(talk.isClosed).toBe(false)
    talk.client('PASS p\r\n')
    expectClosed(talk, 'cmd.early')
  })
})

describe('records of commands', () => {
  test('are written when a command goes, in order, and without secrets', () => {
    const talk = new Conversation().login().client('CWD /a\r\nPORT 10,0,0,66,1,1\r\n')
    expect(talk.recordsOf('control.command').map(({ verb, argument }) => [verb, argument])).toEqual(
      [
        ['USER', 'u'],
        ['PASS', undefined],
        ['CWD', '/a'],
      ],
    )
    talk.server('250 ok\r\n')
    expect(talk.recordsOf('control.command').at(-1)).toMatchObject({
      verb: 'PORT',
      argument: '10,0,0,66,1,1',
    })
  })

  test('a word that may be a mistyped password is not shown', () => {
    const talk = new Conversation().server('220 x\r\n').client('USER u\r\n').server('331 p\r\n')
    talk.client('geh hund\r\n').server('500 geh?\r\n')
    expect(talk.sentTo('server')).toMatch(/geh hund\r\n$/)
    expect(talk.sentTo('client')).toMatch(/500 geh\?\r\n$/)
    expect(JSON.stringify(talk.records).toLowerCase()).not.toMatch(/geh|hund/)
    expect(talk.recordsOf('control.command').at(-1)).toMatchObject({ verb: '****' })
  })

  test('their number is in the record of the end', () => {
    const talk = loggedIn().client('NOOP\r\n').server('200 ok\r\n').client('P@SW\r\n')
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.records.at(-1)).toMatchObject({ commands: 5, refusals: 1 })
  })

  test('a Telnet sequence before ABOR is taken out and noted', () => {
    const talk = loggedIn().client('\xff\xf4\xff\xf2ABOR\r\n')
    expect(talk.sentTo('server')).toBe('ABOR\r\n')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'telnet.stripped', verb: 'ABOR' },
    ])
  })
})

describe('a client that runs ahead', () => {
  test('is paused at twenty commands and read again below ten', () => {
    const talk = loggedIn().client('NOOP\r\n'.repeat(19))
    expect(talk.effectsOf('pause')).toEqual([])
    talk.client('NOOP\r\n')
    expect(talk.effectsOf('pause')).toHaveLength(1)
    talk.server('200 ok\r\n'.repeat(10))
    expect(talk.effectsOf('resume')).toEqual([])
    talk.server('200 ok\r\n')
    expect(talk.effectsOf('resume')).toHaveLength(1)
    expect(talk.effectsOf('pause')).toHaveLength(1)
  })

  test('held commands count as well', () => {
    const talk = loggedIn().client(`PASV\r\n${'NOOP\r\n'.repeat(30)}`)
    expect(talk.sentTo('server')).toBe('PASV\r\n')
    expect(talk.effectsOf('pause')).toHaveLength(1)
    talk.server('500 no\r\n')
    expect(talk.sentTo('server')).toBe(`PASV\r\n${'NOOP\r\n'.repeat(20)}`)
  })

  test('so do answers of ours that wait for their turn', () => {
    const profile = { deniedCommands: new Set(['DELE']) }
    const talk = loggedIn({ profile }).client(`NOOP\r\n${'DELE f\r\n'.repeat(30)}`)
    expect(talk.sentTo('client')).toBe('')
    expect(talk.effectsOf('pause')).toHaveLength(1)
    expect(talk.recordsOf('verdict')).toHaveLength(19)
  })
})

describe('a client that has closed its half', () => {
  test('gets the replies to what it sent before', () => {
    const talk = loggedIn().client('NOOP\r\nSYST\r\nPASV\r\nNOOP\r\n').close('client')
    talk.server('200 ok\r\n').server('215 UNIX\r\n')
    talk.server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
    expect(talk.isClosed).toBe(false)
    talk.server('200 last\r\n')
    expect(talk.sentTo('client')).toMatch(/^200 ok\r\n215 UNIX\r\n227 .*\r\n200 last\r\n$/)
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'client-closed' }])
    expect(talk.connectData(`${HOSTS.C}:40100`, '203.0.113.1:50000')).toBe('refused')
  })

  test('is not heard any more', () => {
    const talk = loggedIn().client('NOOP\r\n').close('client').client('SYST\r\n')
    expect(talk.sentTo('server')).toBe('NOOP\r\n')
  })

  test('is gone at once when nothing is outstanding', () => {
    const talk = loggedIn().close('client')
    expect(talk.sentTo('client')).toBe('')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'client-closed' }])
  })
})
