/** Each check with each of its actions: what becomes of the bytes, and what is written down. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { SWITCHES } from '../../../src/engine/rules/inspection.ts'
import { dialogues } from '../../support/arbitraries.ts'
import { Conversation } from '../../support/conversation.ts'
import { byteByByte, cutAtFractions } from '../../support/cuts.ts'
import { inTurns, type Outcome, play } from '../../support/golden.ts'
import { breaches } from '../../support/invariants.ts'
import { expectAlive, expectClosed, expectRejected, loggedIn } from '../hostile/expectations.ts'
import { profileWith } from './checks.ts'

// Hundreds of sessions; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** Of the last verdict, and of the session once it is closed. */
function hitsOf(talk: Conversation): unknown {
  const { check, verdict, reason } = talk.recordsOf('verdict').at(-1) ?? {}
  return { check, verdict, reason }
}

function countersOf(talk: Conversation): unknown {
  if (!talk.isClosed) talk.client('QUIT\r\n').server('221 bye\r\n')
  return talk.recordsOf('session.close').map((record) => record.checks)
}

/** What a client says that a check finds; `code`: of the refusal; `masked`: what passes covered. */
const SAID: Readonly<
  Record<
    string,
    {
      readonly line: string
      readonly reason: string
      readonly code: number
      readonly masked?: string
      readonly more?: object
    }
  >
> = {
  'embedded-commands': { line: 'RETR a\rPASV\r\n', reason: 'cmd.bare-cr', code: 501 },
  'bare-line-feeds': { line: 'PWD\n', reason: 'cmd.bare-lf', code: 500 },
  'truncated-commands': { line: 'DELE  \r\n', reason: 'cmd.truncated', code: 501 },
  'malformed-addresses': { line: 'PORT 198,51,100,10,4\r\n', reason: 'port.malformed', code: 501 },
  'reply-spoofing': { line: '227 (10,0,0,20,0,22)\r\n', reason: 'cmd.reply', code: 500 },
  'low-ports': { line: 'EPRT |1|198.51.100.10|22|\r\n', reason: 'port.privileged', code: 504 },
  'eight-bit': {
    line: 'CWD h\xc3\xb6f\r\n',
    reason: 'cmd.eight-bit',
    code: 501,
    masked: 'CWD hXXf\r\n',
  },
  rest: { line: 'REST 5\r\n', reason: 'cmd.rest', code: 502 },
  'site-exec': { line: 'site   Exec ls\r\n', reason: 'cmd.site-exec', code: 502 },
  'unknown-verbs': { line: 'XYZW a\r\n', reason: 'cmd.unknown', code: 502 },
}

const LISTED: typeof SAID = {
  'file-names': { line: 'STOR /a/.HTaccess\r\n', reason: 'file.name', code: 553 },
  'file-types': { line: 'RNTO a.tar.EXE. \r\n', reason: 'file.type', code: 553 },
  users: { line: 'USER Admin7\r\n', reason: 'user.name', code: 530 },
}
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  'file-names': ['*.htaccess'],
  'file-types': ['exe'],
  users: ['root', 'admin*'],
}

const cases = [
  ...Object.keys(SAID).flatMap((name) =>
    SWITCHES[name as keyof typeof SWITCHES].map((action) => ({ name, action, ...SAID[name] })),
  ),
  ...Object.keys(LISTED).flatMap((name) =>
    (['deny', 'reset', 'log', 'off'] as const).map((action) => ({
      name,
      action,
      ...LISTED[name],
      value: [{ match: PATTERNS[name], action }],
    })),
  ),
].map((one) => ({ line: '', reason: '', code: 0, masked: undefined, value: undefined, ...one }))

describe('what a client says', () => {
  test.each(cases)('$name: $action', ({ name, action, line, reason, code, masked, value }) => {
    const profile = profileWith({ [name]: value ?? action })
    const talk = loggedIn({ profile })
    const passes = line.replace(/\r?\n$/, '\r\n')
    switch (action) {
      case 'deny':
        expectRejected(talk, line, code, reason)
        expect(hitsOf(talk)).toEqual({ check: name, verdict: 'reject', reason })
        break
      case 'reset':
        talk.client(line)
        expectClosed(talk, reason)
        expect(talk.sentTo('server')).toBe('')
        expect(hitsOf(talk)).toEqual({ check: name, verdict: 'close', reason })
        break
      case 'mask':
      case 'log':
        talk.client(line)
        expect(talk.sentTo('server')).toBe(action === 'mask' ? masked : passes)
        expect(hitsOf(talk)).toEqual({ check: name, verdict: 'note', reason })
        talk.server('200 ok\r\n')
        break
      case 'off':
        talk.client(line).server('200 ok\r\n')
        expect(talk.takeSentTo('server')).toBe(passes)
        expect(talk.recordsOf('verdict')).toEqual([])
        break
    }
    expect(countersOf(talk)).toEqual([action === 'off' ? undefined : { [name]: 1 }])
  })

  test('SITE EXEC is refused by a profile that says nothing, and nothing else is new', () => {
    expectRejected(loggedIn(), 'SITE EXEC ls\r\n', 502, 'cmd.site-exec')
    const talk = loggedIn()
    for (const passing of ['DELE', 'CWD h\xc3\xb6f', 'REST 5', 'XYZW a', 'SITE CHMOD 1 a'])
      talk.client(`${passing}\r\n`).server('200 ok\r\n')
    expect(talk.recordsOf('verdict')).toEqual([])
  })

  test('several checks may find something in one command, and each is counted', () => {
    const profile = profileWith({
      'eight-bit': 'log',
      'unknown-verbs': 'log',
      'file-names': [{ match: ['*'], action: 'deny' }],
    })
    const talk = loggedIn({ profile })
    expectRejected(talk, 'STOR \xff\r\n', 553, 'file.name')
    talk.client('XYZW \xe4\r\n').server('200 ok\r\n')
    expect(countersOf(talk)).toEqual([{ 'eight-bit': 2, 'file-names': 1, 'unknown-verbs': 1 }])
  })

  test('what a masked name matches is what the server gets', () => {
    const profile = profileWith({
      'eight-bit': 'mask',
      'file-names': [{ match: ['X.exe'], action: 'deny' }],
    })
    expectRejected(loggedIn({ profile }), 'RETR \xe4.exe\r\n', 553, 'file.name')
  })

  test('nothing becomes another command by being covered', () => {
    const checks = { 'eight-bit': 'mask', 'site-exec': 'deny' }
    const line = 'SITE E\xe4EC ls\r\n'
    expectRejected(loggedIn({ profile: profileWith(checks) }), line, 502, 'cmd.site-exec')
    const denying = profileWith({ 'eight-bit': 'mask' }, { commands: { deny: ['SITE EXEC'] } })
    expectRejected(loggedIn({ profile: denying }), line, 502, 'cmd.denied')
  })

  test('the profile’s denied commands come first', () => {
    const profile = profileWith({ rest: 'reset' }, { commands: { deny: ['REST'] } })
    expectRejected(loggedIn({ profile }), 'REST 5\r\n', 502, 'cmd.denied')
  })

  test('line-ending and bare-line-feeds are one switch', () => {
    for (const profile of [
      profileWith({}, { 'line-ending': 'tolerant' }),
      profileWith({ 'bare-line-feeds': 'off' }),
    ]) {
      const talk = loggedIn({ profile }).client('PWD\n').server('257 x\n')
      expect(talk.sentTo('server')).toBe('PWD\r\n')
      expect(talk.sentTo('client')).toBe('257 x\r\n')
      expect(talk.recordsOf('verdict')).toEqual([])
    }
  })
})

describe('secrets', () => {
  const profile = profileWith({
    'eight-bit': 'deny',
    'unknown-verbs': 'log',
    'file-names': [{ match: ['*'], action: 'log' }],
  })

  test('a password may hold any byte, and no check looks into it', () => {
    const talk = new Conversation({ profile }).server('220 x\r\n').client('USER u\r\n')
    talk.server('331 p\r\n').client('PASS p\xe4ss.exe\r\n').server('230 ok\r\n')
    expect(talk.sentTo('server')).toContain('PASS p\xe4ss.exe\r\n')
    expect(talk.recordsOf('verdict')).toEqual([])
    expectRejected(talk, 'CWD \xe4\r\n', 501, 'cmd.eight-bit')
  })

  test('a password without PASS is not shown by the check that finds it', () => {
    const talk = new Conversation({ profile }).server('220 x\r\n').client('USER u\r\n')
    talk.server('331 p\r\n').client('love you\r\n')
    expect(hitsOf(talk)).toMatchObject({ check: 'unknown-verbs', verdict: 'note' })
    expect(JSON.stringify(talk.records)).not.toMatch(/love|you/i)
  })

  test('nor by one that ends the session before it is known that a password is awaited', () => {
    const strict = profileWith({ 'unacknowledged-commands': 'reset' })
    const talk = new Conversation({ profile: strict }).server('220 x\r\n')
    talk.client('USER u\r\nlove you\r\n')
    expectClosed(talk, 'cmd.unacknowledged')
    expect(JSON.stringify(talk.records)).not.toMatch(/love|you/i)
  })
})

describe('the order of commands and replies', () => {
  const passive = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

  describe.each([
    ['pipelining', 'PASV\r\n', 'cmd.pipelined'],
    ['unacknowledged-commands', 'PWD\r\n', 'cmd.unacknowledged'],
  ] as const)('%s', (name, first, reason) => {
    const answer = first === 'PASV\r\n' ? passive : '257 here\r\n'

    test('deny: what came too early is answered in its turn', () => {
      const talk = loggedIn({ profile: profileWith({ [name]: 'deny' }) })
      talk.client(`${first}TYPE I\r\n`)
      expect(talk.takeSentTo('server')).toBe(first)
      talk.server(answer)
      expect(talk.sentTo('client')).toMatch(/^2\d7 .*\r\n503 .*\r\n$/)
      expect(hitsOf(talk)).toEqual({ check: name, verdict: 'reject', reason })
      expectAlive(talk)
      expect(countersOf(talk)).toEqual([{ [name]: 1 }])
    })

    test('reset: the session ends before the reply', () => {
      const talk = loggedIn({ profile: profileWith({ [name]: 'reset' }) })
      talk.client(`${first}TYPE I\r\n`)
      expectClosed(talk, reason)
      expect(countersOf(talk)).toEqual([{ [name]: 1 }])
    })

    test('log: it waits, passes and is noted', () => {
      const talk = loggedIn({ profile: profileWith({ [name]: 'log' }) })
      talk.client(`${first}TYPE I\r\n`).server(answer).server('200 ok\r\n')
      expect(talk.sentTo('server')).toBe(`${first}TYPE I\r\n`)
      expect(hitsOf(talk)).toEqual({ check: name, verdict: 'note', reason })
      expect(countersOf(talk)).toEqual([{ [name]: 1 }])
    })

    test('off: it waits and passes; one command at a time is no hit in any case', () => {
      const both = loggedIn({ profile: profileWith({ [name]: 'off' }) })
      both.client(`${first}TYPE I\r\n`).server(answer).server('200 ok\r\n')
      const polite = loggedIn({ profile: profileWith({ [name]: 'reset' }) })
      polite.client(first).server(answer).client('TYPE I\r\n').server('200 ok\r\n')
      expect([both, polite].flatMap((talk) => talk.recordsOf('verdict'))).toEqual([])
    })
  })

  test('what waits behind another command for its own turn is no set-up that is answered', () => {
    const talk = loggedIn({ profile: profileWith({ pipelining: 'reset' }) })
    talk.client('PWD\r\nPASV\r\nTYPE I\r\n')
    expectClosed(talk, 'cmd.pipelined')
  })

  test('a transfer is acknowledged by its 150, and may be interrupted before', () => {
    const talk = loggedIn({ profile: profileWith({ 'unacknowledged-commands': 'reset' }) })
    talk.client('PASV\r\n').server(passive).client('RETR f\r\n')
    talk.client('ABOR\r\n').server('150 go\r\n').client('STAT\r\n')
    expect(talk.recordsOf('verdict')).toEqual([])
    expect(talk.isClosed).toBe(false)
    const running = loggedIn({ profile: profileWith({ 'unacknowledged-commands': 'reset' }) })
    running.client('PASV\r\n').server(passive).client('RETR f\r\n').server('150 go\r\n')
    running.client('NOOP\r\n').server('200 ok\r\n')
    expect(running.recordsOf('verdict')).toEqual([])
  })
})

describe('what a server says', () => {
  test.each([
    ['malformed-addresses', 'PASV', '227 (10,0,0,20,156)', 'pasv.malformed'],
    ['low-ports', 'PASV', '227 (10,0,0,20,0,22)', 'pasv.bad-port'],
    ['low-ports', 'EPSV', '229 (|||22|)', 'pasv.bad-port'],
  ])('%s: %s, %s is replaced, or ends the session', (name, asked, reply, reason) => {
    const talk = loggedIn().client(`${asked}\r\n`).server(`${reply}\r\n`)
    expect(talk.sentTo('client')).toMatch(/^425 /)
    expect(hitsOf(talk)).toEqual({ check: name, verdict: 'replace', reason })
    expectAlive(talk)
    const strict = loggedIn({ profile: profileWith({ [name]: 'reset' }) })
    strict.client(`${asked}\r\n`).server(`${reply}\r\n`)
    expectClosed(strict, reason)
    expect([talk, strict].flatMap(countersOf)).toEqual([{ [name]: 1 }, { [name]: 1 }])
  })

  test('a reply without its code is no command, though its first word is a verb', () => {
    expectClosed(loggedIn().client('NOOP\r\n').server('User u logged in\r\n'), 'reply.malformed')
  })

  test.each(['PORT 198,51,100,10,0,22', 'PASV', 'USER x'])('command-spoofing: %s', (line) => {
    const talk = loggedIn().client('NOOP\r\n').server(`${line}\r\n`)
    expectClosed(talk, 'reply.command')
    expect(talk.sentTo('client')).not.toContain(line)
    expect(countersOf(talk)).toEqual([{ 'command-spoofing': 1 }])
  })

  const BANNER = '220-ProFTPD 1.3.8\r\n220-is here\r\n  on Debian\r\n220 Go!\r\n'
  const SYST = '215-UNIX Type: L8\r\n 220 what\r\n215 end\r\n'
  const COVERED = {
    banner: '220-XXXXXXX XXXXX\r\nXXXXXX XXXX\r\n  XX XXXXXX\r\n220 XXX\r\n',
    'syst-reply': '215-XXXX XXXXX XX\r\n XXX XXXX\r\n215 XXX\r\n',
  }

  test.each([
    ['banner', 'mask'],
    ['banner', 'log'],
    ['banner', 'off'],
    ['syst-reply', 'mask'],
    ['syst-reply', 'log'],
    ['syst-reply', 'off'],
  ] as const)('%s: %s', (name, action) => {
    const reason = name === 'banner' ? 'reply.banner' : 'reply.system'
    const talk = new Conversation({ profile: profileWith({ [name]: action }) })
    talk.server(BANNER)
    const banner = talk.takeSentTo('client')
    talk.client('SYST\r\n').server(SYST)
    const isMasked = action === 'mask'
    expect(banner).toBe(isMasked && name === 'banner' ? COVERED.banner : BANNER)
    expect(talk.sentTo('client')).toBe(
      isMasked && name === 'syst-reply' ? COVERED['syst-reply'] : SYST,
    )
    const shown = talk.recordsOf('control.reply').map(({ text }) => text)
    expect(shown.some((text) => text.startsWith('XX'))).toBe(isMasked)
    if (action === 'off') return expect(talk.recordsOf('verdict')).toEqual([])
    expect(hitsOf(talk)).toEqual({ check: name, verdict: 'note', reason })
    expect(talk.recordsOf('verdict')).toMatchObject([
      isMasked ? { detail: 'masked' } : { argument: expect.stringMatching(/^2\d\d-/) },
    ])
    expect(countersOf(talk)).toEqual([{ [name]: 1 }])
  })

  test('a refusal tells nothing of the server and stays readable', () => {
    const profile = profileWith({ banner: 'mask', 'syst-reply': 'mask' })
    const talk = loggedIn({ profile }).client('SYST\r\n').server('502 not here\r\n')
    expect(talk.sentTo('client')).toBe('502 not here\r\n')
  })
})

describe('any combination of actions', () => {
  const switches = fc.record(
    Object.fromEntries(
      Object.entries(SWITCHES).map(([name, actions]) => [name, fc.constantFrom(...actions)]),
    ),
  )
  const action = fc.constantFrom('deny', 'reset', 'log', 'off')
  const list = (...match: string[]): fc.Arbitrary<unknown> =>
    fc.array(
      action.map((one) => ({ match, action: one })),
      { maxLength: 1 },
    )
  const checks = fc
    .tuple(switches, list('f', 'a*'), list('u'))
    .map(([actions, names, users]) => ({ ...actions, 'file-names': names, users }))

  function summary({ toClient, toServer, effects, records }: Outcome): string {
    return JSON.stringify({ toClient, toServer, effects, records })
  }

  test('the same bytes have the same effects wherever TCP cuts them, and no invariant breaks', () => {
    const places = fc.array(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    fc.assert(
      fc.property(checks, dialogues, places, (actions, dialogue, fractions) => {
        const profile = profileWith(actions)
        const checked = inTurns({ ...dialogue, options: { ...dialogue.options, profile } })
        const outcome = play(checked)
        expect(breaches(outcome)).toEqual([])
        const whole = summary(outcome)
        expect(summary(play(checked, byteByByte))).toBe(whole)
        expect(summary(play(checked, cutAtFractions(fractions)))).toBe(whole)
      }),
      { numRuns: 300 },
    )
  })
})
