/** The two lexers of the control connection: commands of the client, replies of the server. */
import { lexCommand } from '../../../src/engine/ftp/command.ts'
import { LineFramer } from '../../../src/engine/ftp/line.ts'
import { ReplyAssembler } from '../../../src/engine/ftp/reply.ts'
import { isKnownVerb } from '../../../src/engine/ftp/verb.ts'
import { type ClientLine, readClientLine } from '../../../src/engine/session/client-line.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import type { Run, Target } from '../target.ts'

/** Short, so that mutation reaches them. */
const LINE_BYTES_MAX = 64
const LIMITS = { linesMax: 6, bytesMax: 160 }

type Read = (framer: LineFramer) => readonly string[]

export const command: Target = {
  name: 'command',
  seeds: () =>
    [
      'USER u\r\nPASS secret\r\nPASV\r\nRETR a b\r\n',
      'PORT 198,51,100,10,200,21\r\nEPRT |1|198.51.100.10|51221|\r\n',
      '\xff\xf4\xff\xf2ABOR\r\nSITE EXEC ls\r\nSITE PSWD a\r\n\r\n',
      'GET / HTTP/1.1\r\n',
      'ABOR\r',
      '\x16\x03\x01',
    ].map(latin1),
  dictionary: [
    '\r\n',
    '\n',
    '\r',
    '\0',
    ' ',
    '\xff\xf4',
    '\xff\xff',
    '\xff\xfb\x01',
    'ABOR',
    'PASV',
  ],
  parts: linesOf,
  show: (input) => [JSON.stringify(textOf(input))],
  run: (input) => runBoth(input, readCommands),
}

export const reply: Target = {
  name: 'reply',
  seeds: () =>
    [
      '220 x\r\n331 p\r\n230 in\r\n227 Entering Passive Mode (10,0,0,20,156,64)\r\n',
      '211-a\r\n b\r\n2111 c\r\n211-d\r\n211 e\r\n',
      '230-226 x\r\n226 y\r\n230\r\n229 ok (|||40001|)\r\n',
    ].map(latin1),
  dictionary: ['\r\n', '\n', '\r', '\0', '-', ' ', '211-', '211 ', '227 ', '2111'],
  parts: linesOf,
  show: (input) => [JSON.stringify(textOf(input))],
  run: (input) => runBoth(input, () => readReplies()),
}

function linesOf(input: Uint8Array): readonly Uint8Array[] {
  return textOf(input)
    .split(/(?<=\n)/)
    .map(latin1)
}

/** With both line endings, in one piece and byte by byte. */
function runBoth(input: Uint8Array, reader: () => Read): Run {
  const breaches: string[] = []
  const features: string[] = []
  for (const ending of ['strict', 'tolerant'] as const) {
    const whole = new LineFramer(LINE_BYTES_MAX, ending)
    whole.push(input)
    const lines = reader()(whole)
    const drip = new LineFramer(LINE_BYTES_MAX, ending)
    const read = reader()
    const dripped: string[] = []
    for (const byte of input) {
      if (dripped.some(isLast)) break
      drip.push(Uint8Array.of(byte))
      dripped.push(...read(drip))
    }
    if (lines.join('\n') !== dripped.join('\n'))
      breaches.push(`cut, they read otherwise: ${lines.join('; ')} / ${dripped.join('; ')}`)
    if (lines.length > input.filter((byte) => byte === 10).length + 1)
      breaches.push('more lines than there are line feeds')
    breaches.push(...lines.filter((line) => line.startsWith('breach')))
    features.push(...lines.map((line) => `${ending} ${line.replace(/:.*/s, '')}`))
  }
  return { breaches, features }
}

/** Nothing is read behind it. */
function isLast(line: string): boolean {
  return line.startsWith('fatal')
}

function readCommands(): Read {
  return (framer) => {
    const read: string[] = []
    for (let line = readClientLine(framer); line !== undefined; line = readClientLine(framer)) {
      read.push(...describe(line))
      if (line.type === 'fatal') break
    }
    return read
  }
}

function describe(line: ClientLine): string[] {
  if (line.type === 'empty') return ['empty']
  if (line.type !== 'command')
    return [`${line.type} ${line.reason}: ${'shape' in line ? line.shape : ''}`]
  const { command: read } = line
  const text = textOf(read.toLine())
  const again = lexCommand(read.toLine().subarray(0, -2))
  const isSame = again.type === 'command' && textOf(again.command.toLine()) === text
  const verb = isKnownVerb(read.verb) ? read.verb : '?'
  return [
    ...(isSame ? [] : [`breach: sent on, it is another line: ${JSON.stringify(text)}`]),
    ...(/[\r\n\0]/.test(text.slice(0, -2))
      ? [`breach: not one line: ${JSON.stringify(text)}`]
      : []),
    `command ${verb} ${read.isSecret} ${line.isTelnetStripped}: ${text}`,
  ]
}

/** A client that reads strictly sees replies where the assembler sees them. */
function readReplies(): Read {
  const assembler = new ReplyAssembler(LIMITS)
  return (framer) => {
    const read: string[] = []
    for (let framed = framer.next(); framed !== undefined; framed = framer.next()) {
      if (framed.type === 'malformed') return [...read, `fatal ${framed.problem}`]
      const line = assembler.take(framed.bytes)
      if (line.type !== 'line') return [...read, `fatal ${line.type}`]
      const text = textOf(line.bytes)
      const isMistakable =
        line.position === 'middle' && new RegExp(`^${line.code}(?: |$)`).test(text)
      if (isMistakable) read.push(`breach: an end in the middle: ${JSON.stringify(text)}`)
      read.push(`${line.position} ${Math.floor(line.code / 100)}: ${text}`)
    }
    return read
  }
}
