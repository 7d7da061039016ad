import { describe, expect, test } from 'vitest'
import { type Command, lexCommand } from '../../../src/engine/ftp/command.ts'
import {
  type PendingCommand,
  PendingCommands,
} from '../../../src/engine/session/pending-commands.ts'

function command(line: string): Command {
  const lexed = lexCommand(Buffer.from(line, 'latin1'))
  if (lexed.type !== 'command') throw new Error(`not a command: ${line}`)
  return lexed.command
}

/** Commands that were sent, in order. */
function sent(...lines: readonly string[]): {
  readonly pending: PendingCommands
  readonly entries: readonly PendingCommand[]
} {
  const pending = new PendingCommands()
  const entries = lines.map((line) => {
    const of = command(line)
    return pending.addSent(of, of.verb)
  })
  return { pending, entries }
}

function verbOf(pending: PendingCommands, code: number): string | undefined {
  return pending.match(code)?.verb
}

describe('which command a reply answers', () => {
  test('none, when none waits', () => {
    expect(new PendingCommands().match(200)).toBeUndefined()
    const { pending } = sent()
    pending.addAnswered(command('PORT x'), 'PORT', { code: 501, text: 'no' })
    expect(pending.match(200)).toBeUndefined()
  })

  test('the oldest, whatever its code', () => {
    const { pending, entries } = sent('NOOP', 'PWD', 'STAT')
    expect(verbOf(pending, 257)).toBe('NOOP')
    for (const entry of entries.slice(0, 1)) pending.remove(entry)
    expect(verbOf(pending, 211)).toBe('PWD')
  })

  test('answers of the proxy itself are passed over', () => {
    const pending = new PendingCommands()
    pending.addAnswered(undefined, '', { code: 500, text: 'no' })
    const noop = pending.addSent(command('NOOP'), 'NOOP')
    expect(pending.match(200)).toBe(noop)
    expect(pending.count).toBe(2)
    expect(pending.sent).toEqual([noop])
  })

  test.each([
    ['STAT', 211, 'STAT'],
    ['STAT', 212, 'STAT'],
    ['STAT', 213, 'STAT'],
    ['STAT', 226, 'RETR'],
    ['NOOP', 200, 'NOOP'],
    ['NOOP', 226, 'RETR'],
    ['QUIT', 221, 'QUIT'],
    ['QUIT', 226, 'RETR'],
    ['ABOR', 426, 'RETR'],
    ['ABOR', 226, 'RETR'],
    ['PWD', 257, 'RETR'],
    ['STAT', 210, 'RETR'],
    ['STAT', 214, 'RETR'],
    ['PWD', 211, 'RETR'],
    ['PWD', 200, 'RETR'],
    ['PWD', 221, 'RETR'],
  ])('in a running transfer with %s behind it, %i is for %s', (line, code, expected) => {
    const { pending, entries } = sent('RETR f', line)
    expect(verbOf(pending, code)).toBe('RETR')
    for (const entry of entries.slice(0, 1)) entry.isPreliminarySeen = true
    expect(verbOf(pending, code)).toBe(expected)
  })

  test('a preliminary reply to anything but a transfer makes none run', () => {
    const { pending, entries } = sent('SITE CHECKSUM f', 'STAT')
    for (const entry of entries.slice(0, 1)) entry.isPreliminarySeen = true
    expect(verbOf(pending, 211)).toBe('SITE')
  })

  test('in a running transfer STAT may stand behind a command that waits', () => {
    const { pending, entries } = sent('RETR f', 'PWD', 'STAT')
    for (const entry of entries.slice(0, 1)) entry.isPreliminarySeen = true
    expect(verbOf(pending, 213)).toBe('STAT')
  })

  test.each([
    [225, 'ABOR'],
    [226, 'ABOR'],
    [500, 'ABOR'],
    [502, 'ABOR'],
    [200, 'NOOP'],
    [550, 'NOOP'],
  ])('with an ABOR that may never be answered, %i is for %s', (code, expected) => {
    const { pending, entries } = sent('ABOR', 'ABOR', 'NOOP')
    for (const entry of entries.slice(0, 2)) entry.isOptional = true
    expect(verbOf(pending, code)).toBe(expected)
  })

  test('such an ABOR alone takes what comes', () => {
    const { pending, entries } = sent('ABOR')
    for (const entry of entries) entry.isOptional = true
    expect(verbOf(pending, 200)).toBe('ABOR')
  })
})

describe('what waits', () => {
  test('the running transfer is found, and barred is what waits for a lone command', () => {
    const { pending, entries } = sent('NOOP', 'STOR f')
    expect(pending.transfer).toBe(entries[1])
    expect(pending.isBarred).toBe(false)
    const port = pending.addSent(command('PORT 1,2,3,4,5,6'), 'PORT')
    expect(pending.isBarred).toBe(true)
    pending.remove(port)
    expect(pending.isBarred).toBe(false)
  })

  test('a refused command bars nobody', () => {
    const pending = new PendingCommands()
    pending.addAnswered(command('PASV'), 'PASV', { code: 530, text: 'no' })
    pending.addAnswered(command('RETR f'), 'RETR', { code: 425, text: 'no' })
    expect(pending.isBarred).toBe(false)
    expect(pending.transfer).toBeUndefined()
  })

  test('a command awaits its first reply, unless nobody may ever answer it', () => {
    const { pending, entries } = sent('RETR f')
    expect(pending.isAwaited).toBe(true)
    for (const entry of entries) entry.isPreliminarySeen = true
    expect(pending.isAwaited).toBe(false)
    const abor = pending.addSent(command('ABOR'), 'ABOR')
    expect(pending.isAwaited).toBe(true)
    abor.isOptional = true
    expect(pending.isAwaited).toBe(false)
    pending.addAnswered(undefined, '', { code: 500, text: 'no' })
    expect(pending.isAwaited).toBe(true)
  })

  test('a data connection is being set up until PORT, PASV and the like are answered', () => {
    const { pending } = sent('NOOP', 'USER u')
    expect(pending.isSettingUp).toBe(false)
    pending.addAnswered(command('PASV'), 'PASV', { code: 530, text: 'no' })
    expect(pending.isSettingUp).toBe(false)
    const passive = pending.addSent(command('EPSV'), 'EPSV')
    expect(pending.isSettingUp).toBe(true)
    pending.remove(passive)
    expect(pending.isSettingUp).toBe(false)
  })

  test('own answers are taken out up to the first command that the server has to answer', () => {
    const pending = new PendingCommands()
    const no = { code: 500, text: 'no' }
    pending.addAnswered(undefined, 'a', no)
    const noop = pending.addSent(command('NOOP'), 'NOOP')
    pending.addAnswered(undefined, 'b', no)
    expect(pending.takeAnswered().map(({ verb }) => verb)).toEqual(['a'])
    expect(pending.takeAnswered()).toEqual([])
    pending.remove(noop)
    expect(pending.takeAnswered().map(({ verb }) => verb)).toEqual(['b'])
    expect(pending.count).toBe(0)
  })
})
