import { describe, expect, test } from 'vitest'
import { lexCommand } from '../../../src/engine/ftp/command.ts'
import { type LineEnding, LineFramer } from '../../../src/engine/ftp/line.ts'
import {
  type ClientLine,
  HIDDEN_VERB,
  readClientLine,
  shownVerb,
} from '../../../src/engine/session/client-line.ts'
import { latin1 } from '../../support/bytes.ts'

function framer(text: string, ending: LineEnding = 'strict'): LineFramer {
  const lines = new LineFramer(64, ending)
  lines.push(latin1(text))
  return lines
}

function show(line: ClientLine | undefined): string {
  if (line === undefined) return 'incomplete'
  switch (line.type) {
    case 'command':
      return `${line.command.verb}${line.isTelnetStripped ? ' (telnet stripped)' : ''}`
    case 'bad':
      return `bad ${line.reason}: ${line.shape}`
    case 'fatal':
      return `fatal ${line.reason}`
    default:
      return line.type
  }
}

describe('a line of the client', () => {
  test.each([
    ['retr f\r\n', 'RETR'],
    ['\xff\xf4\xff\xf2ABOR\r\n', 'ABOR (telnet stripped)'],
    ['\r\n', 'empty'],
    ['', 'incomplete'],
    ['NOOP', 'incomplete'],
    ['NOOP\r', 'incomplete'],
    ['PASV\n', 'bad cmd.bare-lf: PASV'],
    ['PASV\r\r\n', 'bad cmd.bare-cr: PASV'],
    ['PASS a\0b\r\n', 'bad cmd.nul: PASS'],
    ['s3cr3t\0\r\n', 'bad cmd.nul: 7 bytes'],
    ['Host: x\r\n', 'bad cmd.syntax: 7 bytes'],
    ['RETR a\x01\r\n', 'bad cmd.control-byte: RETR'],
    ['\xff\xf1PASV\r\n', 'bad cmd.telnet: PASV'],
    ['GET / HTTP/1.1\r\n', 'fatal proto.http'],
    ['EHLO x\r\n', 'fatal proto.foreign'],
    ['A'.repeat(66), 'fatal cmd.too-long'],
    ['\x16', 'fatal tls.unexpected'],
    ['\x00', 'fatal cmd.binary'],
    ['\x80', 'fatal cmd.binary'],
    ['\x1b', 'fatal cmd.binary'],
    ['\t\r\n', 'bad cmd.control-byte: 1 bytes'],
  ])('%j: %s', (text, expected) => {
    expect(show(readClientLine(framer(text)))).toBe(expected)
  })

  test('LF alone ends a line where the profile takes it', () => {
    expect(show(readClientLine(framer('PASV\n', 'tolerant')))).toBe('PASV')
  })

  test('binary is told by the first byte of a line, not by one within', () => {
    const lines = framer('CWD \x16\r\n\x16')
    expect(show(readClientLine(lines))).toBe('bad cmd.control-byte: CWD')
    expect(show(readClientLine(lines))).toBe('fatal tls.unexpected')
  })
})

describe('the verb that a record shows', () => {
  test.each([
    ['XYZW', false, 'XYZW'],
    ['XYZW', true, HIDDEN_VERB],
    ['PASS', true, 'PASS'],
    ['QUIT', true, 'QUIT'],
  ])('L4 %s while the server waits for a secret (%s): %s', (verb, isAwaiting, expected) => {
    const lexed = lexCommand(latin1(`${verb} x`))
    if (lexed.type !== 'command') throw new Error(lexed.type)
    expect(shownVerb(lexed.command, isAwaiting)).toBe(expected)
  })
})
