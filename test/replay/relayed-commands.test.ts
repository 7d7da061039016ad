import { expect, test } from 'vitest'
import { AskedCommands } from '../../src/replay/asked.ts'
import { RelayedCommands } from '../../src/replay/relayed-commands.ts'

function asked(...lines: readonly string[]): AskedCommands {
  const commands = new AskedCommands(512, 'strict', true)
  commands.push(Buffer.from(lines.map((line) => `${line}\r\n`).join('')))
  return commands
}

test('commands are read where there is no TLS', () => {
  const commands = asked('PASV')
  const relayed = new RelayedCommands()
  expect(commands.match(227)).toBeUndefined()
  relayed.push(commands, Buffer.from('PASV\r\n'), 0, false)
  expect(commands.match(227)?.command?.verb).toBe('PASV')
})

test('what the engine passed on unread is none, however late the capture has it', () => {
  const commands = asked('PASV')
  const relayed = new RelayedCommands()
  relayed.secured()
  relayed.push(commands, Buffer.from('PASV\r\n'), 6, true)
  // Clear again for the engine, which has passed on ten bytes: four are still to come.
  relayed.push(commands, Buffer.from('\n\r\n\n'), 10, false)
  expect(commands.match(227)).toBeUndefined()
  relayed.push(commands, Buffer.from('PASV\r\n'), 10, false)
  expect(commands.match(227)?.command?.verb).toBe('PASV')
})
