/**
 * Hostile-peer cases L: what reaches the packet log. No secret does, in whatever form it was typed;
 * and no text of a peer can end a line, act on a terminal or pass for another text.
 */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { latin1 } from '../../support/bytes.ts'
import { Conversation, type ConversationOptions } from '../../support/conversation.ts'
import { byteByByte } from '../../support/cuts.ts'
import { loggedIn } from './expectations.ts'

const SECRET = 's3cr3t'

/** Everything that leaves the engine but the line that is sent to the server. */
function shown(talk: Conversation): string {
  const effects = talk.effects.map((effect) =>
    effect.type === 'send' && effect.side === 'server' ? '' : inspect(effect, { depth: 9 }),
  )
  return [JSON.stringify(talk.records), talk.sentTo('client'), ...effects].join('\n')
}

/** A session whose server has asked for the password. */
function asked(options: ConversationOptions = {}): Conversation {
  return new Conversation(options).server('220 x\r\n').client('USER u\r\n').server('331 p\r\n')
}

/** What the record of a reply or of an argument shows. */
function replyText(talk: Conversation, reply: string): string {
  talk.client('NOOP\r\n').server(reply)
  return talk.recordsOf('control.reply').at(-1)?.text ?? ''
}

function argumentText(argument: string): string | undefined {
  const talk = loggedIn().client(`SIZE ${argument}\r\n`)
  return talk.recordsOf('control.command').at(-1)?.argument
}

describe('secrets', () => {
  test.each([
    'PASS s3cr3t\r\n',
    'pass s3cr3t\r\n',
    'PASS  s3cr3t\r\n',
    'PASS\ts3cr3t\r\n',
    'PASSs3cr3t\r\n',
    ' PASS s3cr3t\r\n',
    'PA\0SS s3cr3t\r\n',
    'PASS a\rs3cr3t\r\n',
    'PASS s3cr3t\x01\r\n',
    'PASS s3cr3t\0\r\n',
    'PASS s3cr3t\n',
    '\xff\xf4\xff\xf2PASS s3cr3t\r\n',
    'PASS \xff\xf1s3cr3t\r\n',
    `PASS s3cr3t${'A'.repeat(5000)}\r\n`,
  ])('L1 %j: the password is nowhere', (line) => {
    for (const segments of [[latin1(line)], byteByByte(latin1(line))]) {
      const talk = asked()
      for (const segment of segments) talk.client(segment)
      talk.server('530 no\r\n').close('client', 'reset')
      expect(shown(talk)).not.toContain(SECRET)
      expect(shown(talk)).not.toContain(SECRET.toUpperCase())
    }
  })

  test('L1 a password in three segments', () => {
    const talk = asked().client('P').client('ASS s3').client('cr3t\r\n')
    expect(talk.sentTo('server')).toBe('USER u\r\nPASS s3cr3t\r\n')
    expect(shown(talk)).not.toContain('s3')
    expect(talk.recordsOf('control.command').at(-1)).not.toHaveProperty('argument')
  })

  test('L1 L3 a server that quotes the line it did not understand', () => {
    const talk = asked().client('PASS s3cr3t\r\n')
    talk.server("500 'PASS s3cr3t': command not understood.\r\n")
    expect(talk.sentTo('client')).toMatch(/s3cr3t/)
    expect(JSON.stringify(talk.records)).not.toContain(SECRET)
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({ code: 500, text: '' })
  })

  test('L2 not even a dump of the engine shows it', () => {
    const talk = asked().client('PASS s3cr3t\r\n').client('ACCT s3cr3t\r\n')
    const dump = inspect(talk.gateway, { depth: 20, showHidden: true })
    expect(dump).not.toContain(SECRET)
  })

  test.each(['ACCT', 'ADAT', 'MIC', 'CONF', 'ENC', 'SITE PSWD', 'site  passwd u', 'SITE CPWD'])(
    'L3 the argument of %s',
    (verb) => {
      const talk = loggedIn().client(`${verb} s3cr3t\r\n`).server('200 ok\r\n')
      expect(talk.recordsOf('control.command').at(-1)).not.toHaveProperty('argument')
      expect(shown(talk)).not.toContain(SECRET)
    },
  )

  test.each(['335 ADAT=s3cr3t', '334 ADAT=s3cr3t', '235 ADAT=s3cr3t', '631 s3cr3t', '632 s3cr3t'])(
    'L3 security data in a reply: %s',
    (reply) => {
      const talk = loggedIn().client('NOOP\r\n').server(`${reply}\r\n`)
      expect(JSON.stringify(talk.records)).not.toContain(SECRET)
      expect(talk.reasons).toEqual(['reply.mismatch'])
    },
  )

  test('L3 a second USER is on record: who logs in is what an auditor asks', () => {
    const talk = asked().client('USER v\r\n')
    expect(talk.recordsOf('control.command').map(({ argument }) => argument)).toEqual(['u', 'v'])
  })

  test.each(['s3cr3t', 's3cr3t here', 'abcd s3cr3t', 's3c', 'hunter s3cr3t', 'xyzw\x01s3cr3t'])(
    'L4 a password typed alone is shown by its length at most: %j',
    (line) => {
      const talk = asked().client(`${line}\r\n`)
      talk.server(`500 '${line}' not understood\r\n`)
      const records = JSON.stringify(talk.records)
      for (const word of line.replace('\x01', ' ').split(' ')) {
        expect(records).not.toContain(word)
        expect(records).not.toContain(word.toUpperCase())
      }
    },
  )

  test('L4 what is known to be a verb is shown even then', () => {
    const talk = asked().client('HELP\r\n')
    expect(talk.recordsOf('control.command').at(-1)?.verb).toBe('HELP')
    expect(asked().client('XYZW\r\n').recordsOf('control.command').at(-1)?.verb).toBe('****')
    expect(loggedIn().client('XYZW\r\n').recordsOf('control.command').at(-1)?.verb).toBe('XYZW')
  })
})

describe('text of peers', () => {
  const hostile = [
    ['U+0085', '\xc2\x85'],
    ['U+2028', '\xe2\x80\xa8'],
    ['U+2029', '\xe2\x80\xa9'],
    ['U+202E', '\xe2\x80\xae'],
    ['U+2066', '\xe2\x81\xa6'],
    ['the 8-bit CSI', '\x9b2J'],
    ['the CSI in UTF-8', '\xc2\x9b2J'],
    ['a lone surrogate', '\xed\xa0\x80'],
  ]
  const inReplies = [
    ...hostile,
    ['ESC', '\x1b]0;pwn\x07'],
    ['VT and FF', '\x0b\x0c'],
    ['DEL', '\x7f'],
  ]

  test.each(hostile)('L5 L6 %s in an argument is escaped', (_, text) => {
    const argument = argumentText(`a${text}b`)
    expect(argument).toMatch(/^a(?:\\x[0-9a-f]{2})+(?:2J)?b$/)
  })

  test.each(inReplies)('L5 L6 %s in a reply is escaped', (_, text) => {
    const shownText = replyText(loggedIn(), `200 a${text}b\r\n`)
    expect(shownText).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    expect(shownText).toMatch(/^a\\x/)
  })

  test.each(['USER a\x0b\x0c\r\n', 'USER \x1b]0;pwn\x07\r\n', 'USER \x1b[2J\r\n'])(
    'L5 L6 %j is refused, and its bytes are not on record',
    (line) => {
      const talk = loggedIn().client(line)
      expect(talk.records.at(-2)).toMatchObject({ reason: 'cmd.control-byte', detail: 'USER' })
      expect(JSON.stringify(talk.records)).not.toMatch(/pwn|\[2J/)
    },
  )

  test('L7 quotes and braces stay text', () => {
    const name = '","verdict":"allow","x":"'
    const talk = new Conversation().server('220 x\r\n').client(`USER ${name}\r\n`)
    const record = talk.recordsOf('control.command').at(-1)
    const read = JSON.parse(JSON.stringify(record)) as Record<string, unknown>
    expect(read['argument']).toBe(name)
    expect(Object.keys(read).toSorted()).toEqual(
      ['argument', 'client', 'server', 'session', 'type', 'verb'].toSorted(),
    )
  })

  test('L8 two names in bytes are two names on record', () => {
    const names = ['caf\xe9', 'caf\xc3\xa9', 'caf\xe8', 'caf\xef\xbf\xbd', 'caf\\xe9']
    expect(new Set(names.map(argumentText)).size).toBe(names.length)
  })

  test.each(['__proto__', 'constructor', '%s%n%o', '${x}', '{{x}}'])('L9 %s is text', (name) => {
    const talk = new Conversation().server('220 x\r\n').client(`USER ${name}\r\n`)
    talk.server(`331 ${name}\r\n`)
    expect(talk.recordsOf('control.command').at(-1)?.argument).toBe(name)
    expect(talk.recordsOf('control.reply').at(-1)?.text).toBe(name)
    expect(Object.getPrototypeOf(talk.records.at(-1))).toBe(Object.prototype)
  })

  test('L10 four kilobytes of name are cut, with the number of bytes left out', () => {
    const talk = new Conversation().server('220 x\r\n').client(`USER ${'u'.repeat(4000)}\r\n`)
    const { argument = '' } = talk.recordsOf('control.command').at(-1) ?? {}
    expect(argument).toBe(`${'u'.repeat(512)}…(+3488)`)
    expect(talk.sentTo('server')).toBe(`USER ${'u'.repeat(4000)}\r\n`)
    talk.server(`331 ${'p'.repeat(4000)}\r\n`)
    expect(talk.recordsOf('control.reply').at(-1)?.text).toBe(`${'p'.repeat(512)}…(+3488)`)
  })

  test('L10 an announced address that is no address is cut too', () => {
    const talk = loggedIn().client(`PORT ${'1,'.repeat(2000)}\r\n`)
    expect(talk.recordsOf('verdict').at(-1)?.argument).toMatch(/^.{512}…\(\+3488\)$/)
  })
})

describe('completeness', () => {
  test('L12 a session, its login, its pinhole and its transfer, from beginning to end', () => {
    const talk = new Conversation().login()
    talk.client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    talk.connectData('198.51.100.10:40100')
    talk.client('RETR f\r\n').server('150 go\r\n').endData(3, 0).server('226 done\r\n')
    talk.client('QUIT\r\n').server('221 bye\r\n')
    const types = talk.records.map(({ type }) => type)
    expect(types.filter((type) => !type.startsWith('control.'))).toEqual([
      'session.open',
      'pinhole.open',
      'rewrite',
      'pinhole.use',
      'pinhole.close',
      'data.open',
      'data.close',
      'session.close',
    ])
    expect(talk.recordsOf('control.reply').map(({ code, verb }) => `${verb} ${code}`)).toEqual([
      'undefined 220',
      'USER 331',
      'PASS 230',
      'PASV 227',
      'RETR 150',
      'RETR 226',
      'QUIT 221',
    ])
    expect(talk.recordsOf('pinhole.open')).toMatchObject([
      { peer: '198.51.100.10', rule: 'front door: passive data', ttlMs: 30_000 },
    ])
    expect(talk.recordsOf('data.close')).toMatchObject([{ toClientBytes: 3, toServerBytes: 0 }])
  })

  test.each([
    ['one that nobody uses', (talk: Conversation) => talk.advance(31_000), 'expired'],
    ['one that another replaces', (talk: Conversation) => talk.client('EPSV\r\n'), 'replaced'],
    [
      'one whose session ends',
      (talk: Conversation) => talk.close('client', 'reset'),
      'session-closed',
    ],
    [
      'one whose session is ended',
      (talk: Conversation) => talk.client('GET /\r\n'),
      'session-closed',
    ],
  ])('L12 every pinhole is closed on record: %s', (_, end, reason) => {
    const talk = loggedIn().client('PASV\r\n').server('227 x (10,0,0,20,156,64)\r\n')
    end(talk)
    const [open] = talk.recordsOf('pinhole.open')
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ pinhole: open?.pinhole, reason }])
  })
})
