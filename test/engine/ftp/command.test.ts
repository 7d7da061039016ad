import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asciiUpper,
  Command,
  lexCommand,
  lineShape,
  telnetPrefixLength,
} from '../../../src/engine/ftp/command.ts'
import { latin1, textOf } from '../../support/bytes.ts'

function command(line: string): Command {
  const lexed = lexCommand(latin1(line))
  if (lexed.type !== 'command') throw new Error(`${line} is ${lexed.type}`)
  return lexed.command
}

/** The problem, or what else the line is. */
function outcome(line: string): string {
  const lexed = lexCommand(latin1(line))
  if (lexed.type === 'malformed') return lexed.problem
  if (lexed.type === 'foreign') return lexed.protocol
  return lexed.type
}

describe('a command line', () => {
  test('is a verb, a space and an argument', () => {
    const retr = command('RETR a file ')
    expect([retr.verb, retr.argumentText, retr.hasArgument]).toEqual(['RETR', 'a file ', true])
    expect(textOf(retr.toLine())).toBe('RETR a file \r\n')
  })

  test('may have no argument, or an empty one', () => {
    expect([command('PASV').hasArgument, command('PASV').argumentText]).toEqual([false, undefined])
    expect([command('PASV ').hasArgument, command('PASV ').argumentText]).toEqual([true, ''])
  })

  test('F11 is recognised in any case and sent on as it came', () => {
    expect(command('pAsV').verb).toBe('PASV')
    expect(textOf(command('retr F').toLine())).toBe('retr F\r\n')
  })

  test('F14 keeps bytes that are no UTF-8, and shows them escaped', () => {
    const retr = command('RETR \xc0\xae\xffx\xfe')
    expect(textOf(retr.toLine())).toBe('RETR \xc0\xae\xffx\xfe\r\n')
    expect(retr.argumentText).toBe('\\xc0\\xae\\xffx\\xfe')
  })
})

describe('an argument', () => {
  test.each([
    ['CWD', true],
    ['CWD ', true],
    ['CWD   ', true],
    ['CWD  a', false],
    ['CWD a', false],
  ])('%j lacks it: %j', (line, isBare) => {
    expect(command(line).isBare).toBe(isBare)
  })

  test.each([
    ['RETR na\x7e', false, undefined],
    ['RETR \x80\xffx', true, 'RETR XXx'],
    ['PASS \xe9', false, undefined],
    ['SITE PSWD a \xe9', false, undefined],
    ['SITE CHMOD \xe9', true, 'SITE CHMOD X'],
    ['NOOP', false, undefined],
  ])('%j has a byte above 127: %j', (line, hasEightBit, covered) => {
    const subject = command(line)
    expect(subject.hasEightBit).toBe(hasEightBit)
    const passing = subject.withoutEightBit()
    expect(passing === subject).toBe(!hasEightBit)
    expect(textOf(passing.toLine())).toBe(`${covered ?? line}\r\n`)
    expect(passing.verb).toBe(subject.verb)
    if (covered !== undefined) expect(`${passing.verb} ${passing.argumentText}`).toBe(covered)
  })

  test('127 has seven bits, though the lexer lets no such line through', () => {
    const line = latin1('RETR \x7f')
    expect(new Command('RETR', line, line.subarray(5)).hasEightBit).toBe(false)
  })
})

describe('what is no command', () => {
  test.each([
    ['', 'empty'],
    [' PASV', 'syntax'],
    ['PASVX', 'syntax'],
    ['PA', 'syntax'],
    ['Host: x', 'syntax'],
    ['P"A"S"V"', 'syntax'],
    ['PA\xc5\xbfV', 'syntax'],
    ['\xd0\xc1\xd3\xd6', 'syntax'],
    ['\xef\xbb\xbfPASV', 'syntax'],
    ['PORT\xc2\xa0198,51,100,10,200,21', 'syntax'],
    ['227 Entering Passive Mode (10,0,0,20,0,22)', 'syntax'],
    ['PORT\t198,51,100,10,200,21', 'control-byte'],
    ['RETR a\x7f', 'control-byte'],
    ['PO\x01RT x', 'control-byte'],
    ['GET / HTTP/1.1', 'http'],
    ['get', 'http'],
    ['EHLO x', 'foreign'],
    ['SSH-2.0-x', 'foreign'],
    ['*1', 'foreign'],
    ['$4', 'foreign'],
    ['*x', 'syntax'],
    ['$', 'syntax'],
    ['xSSH-2.0', 'syntax'],
    ['x*1', 'syntax'],
    ['SSH', 'command'],
  ])('%j: %s', (line, expected) => {
    expect(outcome(line)).toBe(expected)
  })

  test('F9 every control byte is refused, in the verb and in the argument', () => {
    const controls = [...Array(0x20).keys(), 0x7f].filter((byte) => ![0, 0x0a, 0x0d].includes(byte))
    for (const byte of controls) {
      const text = String.fromCharCode(byte)
      expect(outcome(`PA${text}SV`)).toBe('control-byte')
      expect(outcome(`RETR a${text}b`)).toBe('control-byte')
    }
  })

  test('every other byte is welcome in an argument', () => {
    for (let byte = 0x20; byte <= 0xff; byte++)
      if (byte !== 0x7f) expect(outcome(`RETR a${String.fromCharCode(byte)}b`)).toBe('command')
  })

  test('only 52 bytes may stand in a verb', () => {
    const letters = [...Array(256).keys()].filter(
      (byte) => outcome(`CW${String.fromCharCode(byte)}`) === 'command',
    )
    expect(textOf(Uint8Array.from(letters))).toMatch(/^[A-Z]{26}[a-z]{26}$/)
  })
})

describe('Telnet', () => {
  test.each([
    ['\xff\xf4\xff\xf2ABOR', 4],
    ['\xff\xf4\xffABOR', 3],
    ['\xff\xf4\xf2ABOR', 3],
    ['\xf2ABOR', 1],
    ['\xff\xfb\x01ABOR', 3],
    ['\xff\xfe\x01ABOR', 3],
    ['\xff\xf0ABOR', 2],
    ['\xff\xefABOR', 1],
    ['\xff\xfaABOR', 2],
    ['\xff\xfc\x01ABOR', 3],
    ['\xf3ABOR', 0],
    ['\xf4ABOR', 1],
    ['ABOR\xff\xf4', 0],
    ['\xff\xffABOR', 2],
    ['\xff\xff\xfb\x01ABOR', 4],
    ['A\xfb\x01', 0],
    ['A\xf1', 0],
    ['\xff\xff\xf4ABOR', 3],
    ['\xff\xfd', 2],
    ['\xff', 1],
    ['ABOR', 0],
    ['', 0],
  ])('F16 %j begins with %i bytes of it', (line, length) => {
    expect(telnetPrefixLength(latin1(line))).toBe(length)
  })

  test.each(['ABOR', 'STAT', 'QUIT', 'stat x'])('F16 is taken out before %s', (line) => {
    const lexed = lexCommand(latin1(`\xff\xf4\xff\xf2${line}`))
    expect(lexed).toMatchObject({ type: 'command', isTelnetStripped: true })
    expect(lexed.type === 'command' && textOf(lexed.command.toLine())).toBe(`${line}\r\n`)
  })

  test.each([
    '\xff\xf1PORT 198,51,100,10,200,21',
    '\xff\xf4',
    'RETR a\xff\xf0b',
    'RETR a\xff\xf1b',
    'SITE EX\xff\xf1EC x',
    'RETR \xff\xfe',
    'STAT \xff\xf4',
  ])('F17 %j: refused anywhere else', (line) => {
    expect(outcome(line)).toBe('telnet')
  })

  test.each(['RETR \xff\xffx', 'RETR \xff\xff\xf1', 'RETR a\xff', 'RETR \xffa'])(
    'F18 %j: the data byte 255 is data',
    (line) => {
      expect(textOf(command(line).toLine())).toBe(`${line}\r\n`)
    },
  )
})

describe('deny lists', () => {
  test.each([
    ['SITE EXEC ls', 'SITE EXEC'],
    ['site exec', 'SITE EXEC'],
    ['SITE   EXEC ls', 'SITE EXEC'],
    ['SITE PSWD old new', 'SITE PSWD'],
    ['SITE', 'SITE '],
    ['PASS exec', 'PASS '],
  ])('%j is looked up as %j', (line, expected) => {
    expect(command(line).twoWords).toBe(expected)
  })
})

describe('secrets', () => {
  test.each([
    'PASS s3cr3t',
    'pass s3cr3t',
    'PASS  s3cr3t',
    'ACCT s3cr3t',
    'ADAT s3cr3t',
    'MIC s3cr3t',
  ])('L1 L2 %j is sent on whole and shown nowhere', (line) => {
    const secret = command(line)
    expect(textOf(secret.toLine())).toBe(`${line}\r\n`)
    expect(secret.isSecret).toBe(true)
    expect(secret.argument).toBeUndefined()
    expect(secret.argumentText).toBeUndefined()
    const dumps = [inspect(secret, { showHidden: true, depth: 9 }), JSON.stringify(secret)]
    expect(dumps.join()).not.toContain('s3cr3t')
  })

  test.each([
    'SITE PSWD a s3cr3t',
    'site  passwd s3cr3t',
    'SITE PASSWORD s3cr3t',
    'SITE CPWD s3cr3t',
    'SITE CPWD',
  ])('L3 %j holds one too', (line) => {
    expect(command(line).argumentText).toBeUndefined()
    expect(inspect(command(line), { showHidden: true })).not.toContain('s3cr3t')
  })

  test.each(['SITE CHMOD 644 f', 'SITE PSWDX a', 'SITE XPSWD a', 'SITE', 'HELP PSWD'])(
    '%j holds none',
    (line) => {
      expect(command(line).isSecret).toBe(false)
    },
  )

  test.each([
    ['PASS\ts3cr3t', 'PASS'],
    ['size\x01a', 'SIZE'],
    ['ABOR', 'ABOR'],
    ['pass s3cr3t\0', 'PASS'],
    ['s3cr3t', '6 bytes'],
    ['abcd s3cr3t', '11 bytes'],
    ['stat1234', '8 bytes'],
    [' PASS s3cr3t', '12 bytes'],
    ['PASSs3cr3t', '10 bytes'],
    ['', '0 bytes'],
    ['STAT@', '5 bytes'],
    ['STAT[', '5 bytes'],
    ['STAT`', '5 bytes'],
    ['STAT{', '5 bytes'],
    ['STAT\x1f', 'STAT'],
    ['STAT\x7f', 'STAT'],
    ['STAT!', '5 bytes'],
    ['ALLO', 'ALLO'],
    ['size', 'SIZE'],
    ['SIZE', 'SIZE'],
    ['\tSTAT', '5 bytes'],
  ])('L1 L4 %j is shown as %s when it is malformed', (line, shape) => {
    expect(lineShape(latin1(line))).toBe(shape)
  })
})

describe('upper case', () => {
  test('F12 F13 folds a to z alone', () => {
    expect(asciiUpper('aZſıKß\xe9')).toBe('AZſıKß\xe9')
  })
})

test('any line gives an answer; a command is sent on byte for byte behind its Telnet prefix', () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(
        fc.constantFrom('RETR ', 'PASS ', 'abor', '\xff\xf4ABOR'),
        fc.uint8Array({ maxLength: 20 }),
      )
      .map(([verb, rest]) => Uint8Array.from([...latin1(verb), ...rest])),
  )
  fc.assert(
    fc.property(line, (bytes) => {
      const lexed = lexCommand(bytes)
      if (lexed.type !== 'command') return
      const stripped = bytes.subarray(telnetPrefixLength(bytes))
      expect(textOf(lexed.command.toLine())).toBe(`${textOf(stripped)}\r\n`)
      expect(lexed.command.verb).toMatch(/^[A-Z@0-9]{3,7}$/)
    }),
    { numRuns: 1000 },
  )
})
