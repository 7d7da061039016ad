/** Hostile-peer cases R, as far as the engine decides them: everything that can grow has an end. */
import { describe, expect, test, vi } from 'vitest'
import { lexCommand } from '../../../src/engine/ftp/command.ts'
import {
  parseExtendedAddress,
  parseExtendedPassiveReply,
} from '../../../src/engine/ftp/extended-address.ts'
import { parseHostPort, parsePassiveReply } from '../../../src/engine/ftp/host-port.ts'
import type { Effect } from '../../../src/engine/session/effect.ts'
import { sessionId } from '../../../src/engine/id.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import { at, Conversation, HOSTS } from '../../support/conversation.ts'
import { byteByByte } from '../../support/cuts.ts'
import { expectAlive, expectClosed, loggedIn } from './expectations.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const LIMIT = 4096

describe('a long command line', () => {
  test('R3 a megabyte is not waited for', () => {
    const talk = new Conversation().server('220 x\r\n')
    talk.client(`USER ${'A'.repeat(65_536)}`)
    expect(talk.sentTo('server')).toBe('')
    expectClosed(talk, 'cmd.too-long')
    talk.client('A'.repeat(1_000_000))
    expect(talk.sentTo('client')).toBe(
      '220 x\r\n421 The command line is longer than the limit.\r\n',
    )
  })

  test.each([LIMIT - 1, LIMIT])('R3 %i bytes are a line', (length) => {
    const talk = loggedIn()
    const line = `CWD ${'A'.repeat(length - 4)}\r\n`
    for (const byte of byteByByte(latin1(line))) talk.client(byte)
    expect(talk.takeSentTo('server')).toBe(line)
    expectAlive(talk)
  })

  test('R3 one byte more is none, whole or dripping', () => {
    const line = `CWD ${'A'.repeat(LIMIT - 3)}`
    expectClosed(loggedIn().client(`${line}\r\n`), 'cmd.too-long')
    const dripping = loggedIn()
    for (const byte of byteByByte(latin1(`${line}A`))) dripping.client(byte)
    expectClosed(dripping, 'cmd.too-long')
  })
})

describe('a long reply line', () => {
  test.each([LIMIT - 1, LIMIT])('R4 %i bytes are a line', (length) => {
    const talk = loggedIn()
    const line = `200 ${'A'.repeat(length - 4)}\r\n`
    talk.client('NOOP\r\n').server(line)
    expect(talk.takeSentTo('client')).toBe(line)
    expectAlive(talk)
  })

  test.each([LIMIT + 1, 1_000_000])('R4 %i bytes end the session', (length) => {
    const talk = loggedIn()
    talk.client('NOOP\r\n').server(`200 ${'A'.repeat(length - 4)}\r\n`)
    expect(talk.sentTo('client')).toBe('421 A reply line is longer than the limit.\r\n')
    expectClosed(talk, 'reply.too-long')
  })
})

describe('a reply that never ends', () => {
  const closedFor = (talk: Conversation): unknown =>
    talk.recordsOf('session.close').map(({ reason }) => reason)

  test('R5 a thousand lines are a reply, and go on as they come', () => {
    const talk = loggedIn().client('STAT\r\n').server('211-x\r\n')
    for (let line = 0; line < 998; line++) {
      talk.server('y\r\n')
      expect(talk.takeSentTo('client').endsWith('y\r\n')).toBe(true)
    }
    talk.server('211 z\r\n')
    expectAlive(talk)
  })

  test('R5 one line more ends the session', () => {
    const talk = loggedIn().client('STAT\r\n').server('211-x\r\n')
    talk.server('y\r\n'.repeat(999))
    expect(talk.isClosed).toBe(false)
    talk.server('y\r\n')
    expect(closedFor(talk)).toEqual(['reply.unterminated'])
  })

  test('R5 256 KiB end it before a thousand lines do', () => {
    const talk = loggedIn().client('STAT\r\n').server('211-x\r\n')
    for (let line = 0; line < 64; line++) talk.server(`${'y'.repeat(4090)}\r\n`)
    expect(talk.isClosed).toBe(false)
    talk.server(`${'y'.repeat(4090)}\r\n`)
    expect(closedFor(talk)).toEqual(['reply.unterminated'])
  })

  test('R5 a line every ten seconds does not win time', () => {
    const talk = loggedIn().client('STAT\r\n').server('211-x\r\n')
    for (let line = 0; line < 5; line++) talk.advance(10_000).server('y\r\n')
    expect(talk.isClosed).toBe(false)
    talk.advance(10_000)
    expect(closedFor(talk)).toEqual(['timeout.reply'])
  })

  test('R5 a reply that is read to its end first is bounded as well', () => {
    const talk = loggedIn().client('PASV\r\n').server('227-x\r\n')
    talk.server('y\r\n'.repeat(1000))
    expect(talk.sentTo('client')).toMatch(/^421 [^\r\n]*\r\n$/)
    expectClosed(talk, 'reply.unterminated')
  })

  test('R5 what comes while a 227 waits for its pinhole is bounded', () => {
    const talk = loggedIn({ unanswered: ['openPinhole'] })
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    for (let chunk = 0; chunk < 4; chunk++) talk.server('200 x\r\n'.repeat(9_000))
    expect(talk.isClosed).toBe(false)
    talk.server('200 x\r\n'.repeat(9_000))
    expectClosed(talk, 'reply.unsolicited')
    expect(talk.effectsOf('closePinhole')).toHaveLength(1)
  })
})

describe('a slow drip', () => {
  test('R6 a byte every nine seconds: the line has its time and no more', () => {
    const talk = loggedIn()
    for (const byte of 'NOO') talk.client(byte).advance(9_000)
    expect(talk.isClosed).toBe(false)
    talk.client('P').advance(3_000)
    expectClosed(talk, 'timeout.line')
  })

  test('R6 each line has its own time', () => {
    const talk = loggedIn()
    for (let line = 0; line < 10; line++) {
      talk.client('NO').advance(20_000).client('OP\r\n').server('200 ok\r\n').advance(20_000)
    }
    expectAlive(talk)
  })

  test('R6 the server’s line likewise', () => {
    const talk = loggedIn().client('NOOP\r\n')
    for (const byte of '200') talk.server(byte).advance(9_000)
    talk.server(' ').advance(3_000)
    expectClosed(talk, 'timeout.line')
  })

  test('R6 commands that never log in do not put the login off', () => {
    const talk = new Conversation().server('220 x\r\n')
    for (let turn = 0; turn < 11; turn++)
      talk.client('NOOP\r\n').server('200 ok\r\n').advance(5_000)
    expect(talk.isClosed).toBe(false)
    talk.advance(5_000)
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'timeout.login' }])
  })

  test('R6 empty lines do not either', () => {
    const talk = new Conversation().server('220 x\r\n')
    for (let turn = 0; turn < 9; turn++) talk.client('\r\n').advance(6_000)
    talk.advance(6_000)
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'timeout.login' }])
  })
})

describe('a budget that runs out', () => {
  test('N2 while ABOR overtakes bad lines: nothing is said after the end', () => {
    const talk = loggedIn().client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    talk.client('RETR f\r\n').server('150 go\r\n').client('STOR g\r\n')
    for (let count = 0; count < 13; count++) talk.client('Host: x\r\n')
    talk.client('ABOR\r\n')
    const types = talk.effects.map(({ type }) => type)
    expect(types.lastIndexOf('send')).toBeLessThan(types.indexOf('close'))
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'cmd.budget' }])
  })
})

describe('bytes one at a time', () => {
  test('R8 64 KiB of them are a session like any other', () => {
    const talk = loggedIn()
    for (const byte of byteByByte(latin1('NOOP\r\n'.repeat(100)))) talk.client(byte)
    // Twenty are read ahead; the rest waits until the server has answered.
    expect(talk.takeSentTo('server')).toBe('NOOP\r\n'.repeat(20))
    expect(talk.effectsOf('pause')).toHaveLength(1)
    for (const byte of byteByByte(latin1('200 ok\r\n'.repeat(100)))) talk.server(byte)
    expect(talk.takeSentTo('server')).toBe('NOOP\r\n'.repeat(80))
    expect(talk.effectsOf('resume').length).toBe(talk.effectsOf('pause').length)
    expectAlive(talk)
  })
})

describe('text that makes regular expressions backtrack', () => {
  const texts = [
    ','.repeat(LIMIT),
    '1'.repeat(LIMIT),
    '1,'.repeat(LIMIT / 2),
    '1,1,1,1,1,1 '.repeat(340),
    '('.repeat(LIMIT),
    '(|'.repeat(LIMIT / 2),
    '|'.repeat(LIMIT),
    ' '.repeat(LIMIT),
    `(${'1,'.repeat(LIMIT / 2)}`,
    `SITE ${' '.repeat(LIMIT)}x`,
    `SITE ${'PSWD'.repeat(1000)}`,
    'A'.repeat(LIMIT),
  ]

  // A run that backtracks would not end within the time of a test.
  test.each(texts)('R9 parsers come to an end: %.20s…', (text) => {
    const bytes = latin1(text)
    for (let round = 0; round < 20; round++) {
      expect(parseHostPort(bytes).type).toBe('malformed')
      expect(parsePassiveReply(bytes).type).toBe('malformed')
      expect(parseExtendedAddress(bytes).type).toBe('malformed')
      expect(parseExtendedPassiveReply(bytes).type).toBe('malformed')
      const lexed = lexCommand(bytes)
      if (lexed.type === 'command') expect(lexed.command.twoWords).toMatch(/^SITE /)
    }
  })
})

describe('a passive range that is used up', () => {
  /** Another client's, or the same client's, session that has asked for PASV. */
  function passive(talk: Conversation, name: string, client: string): readonly Effect[] {
    const session = sessionId(name)
    const { gateway, now } = talk
    gateway.handle(
      {
        type: 'clientConnected',
        session,
        listener: 'front-door',
        client: at(client),
        local: at(`${HOSTS.P_OUTSIDE}:21`),
      },
      now,
    )
    gateway.handle({ type: 'serverConnected', session, local: at(`${HOSTS.P_INSIDE}:41001`) }, now)
    const say = (side: 'client' | 'server', text: string): readonly Effect[] =>
      gateway.handle({ type: 'bytes', session, side, bytes: latin1(text) }, now)
    say('server', '220 x\r\n')
    say('client', 'USER u\r\n')
    say('server', '230 ok\r\n')
    say('client', 'PASV\r\n')
    return say('server', '227 x (10,0,0,20,156,64)\r\n')
  }

  const told = (effects: readonly Effect[]): string =>
    effects.map((effect) => (effect.type === 'send' ? textOf(effect.bytes) : '')).join('')

  const asked = (effects: readonly Effect[]): number =>
    effects.filter(({ type }) => type === 'openPinhole').length

  test('R11 is answered 425, for that client alone, until a port comes back', () => {
    const talk = loggedIn({ passivePorts: '50000-50001' })
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    expect(asked(passive(talk, 's2', `${HOSTS.C}:40002`))).toBe(1)
    const third = passive(talk, 's3', `${HOSTS.C}:40003`)
    expect(asked(third)).toBe(0)
    expect(told(third)).toBe('425 Every port of the passive range is in use for this peer.\r\n')
    expect(asked(passive(talk, 's4', `${HOSTS.X}:40004`))).toBe(1)
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expect(asked(passive(talk, 's5', `${HOSTS.C}:40005`))).toBe(1)
  })

  test('R11 the session that got 425 goes on, and its next PASV may be luckier', () => {
    const talk = loggedIn({ passivePorts: '50000-50000' })
    const other = passive(talk, 's2', `${HOSTS.C}:40002`)
    expect(asked(other)).toBe(1)
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
    talk.gateway.handle(
      { type: 'sideClosed', session: sessionId('s2'), side: 'client', cause: 'reset' },
      talk.now,
    )
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^227 /)
  })
})
