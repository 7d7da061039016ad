import { expect, test } from 'vitest'
import { AskedCommands } from '../../src/replay/asked.ts'

function asked(...lines: readonly string[]): AskedCommands {
  const commands = new AskedCommands(512, 'strict')
  commands.push(Buffer.from(lines.map((line) => `${line}\r\n`).join('')))
  return commands
}

test('decisions come in the order of the commands', () => {
  const commands = asked('NOOP', 'PORT x', 'PWD')
  commands.begun()
  commands.sent()
  commands.begun()
  commands.refused(true)
  const first = commands.match(200)
  expect([first?.command?.verb, first?.decision]).toEqual(['NOOP', 'sent'])
  if (first !== undefined) commands.settle(first)
  const second = commands.match(200)
  expect([second?.command?.verb, second?.decision]).toEqual(['PORT', 'refused'])
  if (second !== undefined) commands.settle(second)
  expect(commands.match(257)?.decision).toBe('open')
})

test('a line that is no command is refused without being begun', () => {
  const commands = asked('  ', 'NOOP')
  commands.refused(false)
  expect(commands.match(500)).toMatchObject({ command: undefined, decision: 'refused' })
})

test('during a transfer STAT is answered first, and an ABOR may go unanswered', () => {
  const transfer = asked('RETR a', 'STAT')
  const running = transfer.match(150)
  if (running !== undefined) running.isPreliminarySeen = true
  expect([transfer.match(213)?.command?.verb, transfer.match(226)?.command?.verb]).toEqual([
    'STAT',
    'RETR',
  ])
  const aborted = asked('ABOR', 'PASV')
  expect(aborted.match(226)?.command?.verb).toBe('ABOR')
  expect(aborted.match(227)?.command?.verb).toBe('PASV')
  expect(aborted.match(227)?.command?.verb).toBe('PASV')
})

test('behind what ends a session nothing is read', () => {
  const commands = asked('GET / HTTP/1.1', 'NOOP')
  expect(commands.match(200)).toBeUndefined()
})

test('what was not begun can be taken out, once', () => {
  const commands = asked('NOOP', 'PWD', 'SYST')
  commands.begun()
  expect(commands.takeUndecided().map(({ command }) => command?.verb)).toEqual(['PWD', 'SYST'])
  expect(commands.takeUndecided()).toEqual([])
})
