/** Cases F: how bytes become lines. */
import { duration } from '../../../src/net/instant.ts'
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import {
  download,
  ended,
  PASSIVE,
  PASSIVE_DOWNLOAD,
  PASSIVE_SET_UP,
  PASSIVE_TOLD,
  PORT,
  PORT_SENT,
  passed,
  refused,
} from './shapes.ts'

const TOLERANT = { profile: { lineEnding: 'tolerant' } } as const

/** Places for a cut before every byte. */
function everywhere(text: string): readonly number[] {
  return Array.from({ length: text.length }, (_, index) => index)
}

const BAD_LINES = [
  ['F5', 'NOOP\rPORT {V},0,22\r\n', 501, 'cmd.bare-cr'],
  ['F5', 'USER a\rPASS b\r\n', 501, 'cmd.bare-cr'],
  ['F5', 'RETR a\r.txt\r\n', 501, 'cmd.bare-cr'],
  ['F7', 'PASV\r\r\n', 501, 'cmd.bare-cr'],
  ['F7', 'PASV\r\r\r\n', 501, 'cmd.bare-cr'],
  ['F7', 'PASV\r\0\r\n', 501, 'cmd.nul'],
  ['F7', 'PASV\r\0\n', 501, 'cmd.nul'],
  ['F7', 'RETR a\r\0b\r\n', 501, 'cmd.nul'],
  ['F8', 'PO\0RT {V},0,22\r\n', 501, 'cmd.nul'],
  ['F8', 'PASV\0garbage\r\n', 501, 'cmd.nul'],
  ['F8', 'RETR a\0b\r\n', 501, 'cmd.nul'],
  ['F9', 'PORT\t{C},200,21\r\n', 501, 'cmd.control-byte'],
  ['F9', 'PORT {C},\t200,21\r\n', 501, 'cmd.control-byte'],
  ['F9', '\tPASV\r\n', 501, 'cmd.control-byte'],
  ['F9', 'PASV\x0b\r\n', 501, 'cmd.control-byte'],
  ['F9', 'RETR a\x0cb\r\n', 501, 'cmd.control-byte'],
  ['F9', 'RETR a\x7f\r\n', 501, 'cmd.control-byte'],
  ['F10', ' PASV\r\n', 500, 'cmd.syntax'],
  ['F10', 'PASV \r\n', 501, 'cmd.argument'],
  ['F10', 'PORT  {C},200,21\r\n', 501, 'port.malformed'],
  ['F10', 'PORT {C},200,21 \r\n', 501, 'port.malformed'],
  ['F10', 'EPRT |1|{C.}|51221| \r\n', 501, 'port.malformed'],
  ['F12', 'PA\xc5\xbfV\r\n', 500, 'cmd.syntax'],
  ['F12', 'l\xc4\xb1st\r\n', 500, 'cmd.syntax'],
  ['F12', 'M\xe2\x84\xaaD\r\n', 500, 'cmd.syntax'],
  ['F12', 'xxABOR\r\n', 500, 'cmd.syntax'],
  ['F13', '\xd0\xc1\xd3\xd6\r\n', 500, 'cmd.syntax'],
  ['F17', 'PORT {C},200\xff\xf1,21\r\n', 501, 'cmd.telnet'],
  ['F17', 'PO\xff\xfb\x01RT {C},200,21\r\n', 501, 'cmd.control-byte'],
  ['F26', '\xef\xbb\xbfPASV\r\n', 500, 'cmd.syntax'],
  ['F26', 'PORT\xc2\xa0{C},200,21\r\n', 500, 'cmd.syntax'],
  ['F26', 'PASV\xe2\x80\xa8\r\n', 500, 'cmd.syntax'],
  ['F27', 'P"A"S"V"\r\n', 500, 'cmd.syntax'],
] as const

const BAD_REPLIES = [
  ['F7', '200 ok\r\r\n'],
  ['F8', '200 o\0k\r\n'],
  ['F4', '200 ok\n'],
  ['F22', '22 hi\r\n'],
  ['F22', '2x0 hi\r\n'],
  ['F22', '099 x\r\n'],
  ['F22', '700 x\r\n'],
  ['F22', '200hi\r\n'],
  ['F22', '200\thi\r\n'],
  ['F22', '-200\r\n'],
  ['F22', '\xef\xbc\x92\xef\xbc\x90\xef\xbc\x90\r\n'],
] as const

const ODD_BYTES = [
  'CWD \xc0\xae\xc0\xae\xc0\xaf',
  'CWD \xff',
  'CWD a\xfeb',
  'CWD \xed\xa0\x80',
] as const

const MULTI_LINE = [
  ['211-A\r\n211-B\r\n211 C\r\n', ['211-A', '211-B', '211 C']],
  ['211-A\r\n 211 not the end\r\n211\r\n', ['211-A', ' 211 not the end', '211']],
  ['211-A\r\n2111 x\r\n211 end\r\n', ['211-A', ' 2111 x', '211 end']],
  ['211-A\r\n211\tx\r\n211 end\r\n', ['211-A', ' 211\tx', '211 end']],
] as const

const REPLY_227 = '227 Entering Passive Mode ({S},156,64).\r\n'

export const FRAMING: readonly Transcript[] = [
  {
    id: 'F1',
    title: 'a passive download, byte by byte in both directions',
    dialogue: PASSIVE_DOWNLOAD.map((turn) =>
      'bytes' in turn ? { ...turn, cut: everywhere(turn.bytes) } : turn,
    ),
    expect: {
      toServer: ['PASV', 'RETR f'],
      toClient: [PASSIVE_TOLD, '150 go', '226 done'],
      pinholes: ['open', 'close used'],
      connections: ['accepted'],
    },
  },
  {
    id: 'F2',
    title: 'a PORT in pieces',
    dialogue: [client(PORT, 3, 14, 16), server('200 ok\r\n', 1)],
    expect: { toServer: [PORT_SENT], toClient: ['200 ok'], pinholes: ['open'] },
  },
  {
    id: 'F2',
    title: 'a 227 in pieces',
    dialogue: [client('PASV\r\n'), server(REPLY_227, 2, 27, 32)],
    expect: { toServer: ['PASV'], toClient: [PASSIVE_TOLD], pinholes: ['open'] },
  },
  passed(
    'F2',
    'a multi-line reply that is cut within its last code',
    [client('STAT\r\n'), server('211-a\r\n211 b\r\n', 9)],
    ['STAT'],
    ['211-a', '211 b'],
  ),
  {
    id: 'F3',
    title: 'several commands in one segment',
    dialogue: [
      client('TYPE I\r\nPASV\r\nRETR x\r\n'),
      server('200 ok\r\n'),
      server(PASSIVE),
      server('550 no\r\n'),
    ],
    expect: {
      toServer: ['TYPE I', 'PASV', 'RETR x'],
      toClient: ['200 ok', PASSIVE_TOLD, '550 no'],
      pinholes: ['open'],
    },
  },
  {
    id: 'F4',
    title: 'LF alone is refused',
    dialogue: [client('PASV\n')],
    expect: { toClient: ['500 …'], verdicts: ['reject cmd.bare-lf'] },
  },
  passed(
    'F4',
    'LF alone, where the profile takes it, goes on as CR LF',
    [client('FEAT\n'), server('211-a\n b\n211 c\n')],
    ['FEAT'],
    ['211-a', ' b', '211 c'],
    TOLERANT,
  ),
  ...BAD_LINES.map(
    ([id, line, code, reason]): Transcript => ({
      id,
      title: JSON.stringify(line),
      dialogue: [client(line)],
      expect: { toClient: [`${code} …`], verdicts: [`reject ${reason}`] },
    }),
  ),
  ...BAD_REPLIES.map(([id, line]) =>
    ended(
      id,
      `the reply ${JSON.stringify(line)}`,
      [client('NOOP\r\n'), server(line)],
      'reply.malformed',
      { before: { toServer: ['NOOP'] } },
    ),
  ),
  ended(
    'F6',
    'a line that only CR ends never ends, and the session with it',
    [client('PASV\r'), { waits: 500 }],
    'timeout.line',
    { timeouts: { line: duration(300) } },
  ),
  refused('F10', 'however many blanks a server would skip', 'site  exec ls', 502, 'cmd.denied', {
    profile: { deniedCommands: new Set(['SITE EXEC']) },
  }),
  passed(
    'F10',
    'blanks at the end of a name belong to it',
    [client('DELE  a \r\n'), server('250 ok\r\n')],
    ['DELE  a '],
    ['250 ok'],
  ),
  {
    id: 'F11',
    title: 'verbs are known in any case, and sent in capitals where they set up',
    dialogue: [client('PaSv\r\n'), server('500 no\r\n'), client('port {C},200,21\r\n')],
    expect: {
      toServer: ['PASV', PORT_SENT],
      toClient: ['500 no'],
      pinholes: ['open'],
      session: 'waiting',
    },
  },
  ...ODD_BYTES.map((line) =>
    passed(
      'F14',
      `${JSON.stringify(line)} reaches the server as it is`,
      [client(`${line}\r\n`), server('250 ok\r\n')],
      [line],
      ['250 ok'],
    ),
  ),
  passed(
    'F15',
    'a character in two segments stays whole',
    [client('CWD caf\xc3\xa9\r\n', 8), server('250 ok\r\n')],
    ['CWD caf\xc3\xa9'],
    ['250 ok'],
  ),
  {
    id: 'F16',
    title: 'Telnet before ABOR: ABOR goes on as plain bytes',
    dialogue: [client('\xff\xf4\xff\xf2ABOR\r\n', 2), server('225 nothing\r\n')],
    expect: {
      toServer: ['ABOR'],
      toClient: ['225 nothing'],
      verdicts: ['note telnet.stripped'],
    },
  },
  passed(
    'F18',
    'IAC IAC is the data byte 255',
    [client('SIZE \xff\xffx\r\n'), server('213 1\r\n')],
    ['SIZE \xff\xffx'],
    ['213 1'],
  ),
  {
    id: 'F19',
    title: 'the server gets what was parsed, whatever an urgent byte was',
    dialogue: [client('PORT {C},4,1\r\n'), server('200 ok\r\n')],
    expect: { toServer: [PORT_SENT], toClient: ['200 ok'], pinholes: ['open'] },
  },
  {
    id: 'F20',
    title: 'Telnet of the server before its greeting is dropped',
    after: 'nothing',
    dialogue: [server('\xff\xfd\x06220 x\r\n', 3), client('NOOP\r\n'), server('200 ok\r\n')],
    expect: {
      toServer: ['NOOP'],
      toClient: ['220 x', '200 ok'],
      verdicts: ['note telnet.stripped'],
    },
  },
  {
    id: 'F21',
    title: 'ten empty lines are ignored',
    dialogue: [client('\r\n'.repeat(10))],
    expect: {},
  },
  ended('F21', 'a thousand end the session', [client('\r\n'.repeat(1000))], 'cmd.empty'),
  passed('F22', 'a code alone', [client('NOOP\r\n'), server('200\r\n')], ['NOOP'], ['200']),
  ...MULTI_LINE.map(([reply, lines]) =>
    passed('F23', JSON.stringify(reply), [client('STAT\r\n'), server(reply)], ['STAT'], lines),
  ),
  passed(
    'F24',
    'two replies in one segment',
    [client('NOOP\r\nSYST\r\n'), server('200 a\r\n215 b\r\n')],
    ['NOOP', 'SYST'],
    ['200 a', '215 b'],
  ),
  {
    id: 'F25',
    title: 'four rewrites in a row, longer and shorter than what they replace',
    dialogue: [
      ...PASSIVE_SET_UP,
      client('PASV\r\n'),
      server('227 x ({S},156,65)\r\n'),
      client('PASV\r\n'),
      server(`227 ${'long '.repeat(50)}({S},156,64)\r\n`),
      connect('C', 2),
      ...download('f', 'content'),
    ],
    expect: {
      toServer: ['PASV', 'PASV', 'PASV', 'RETR f'],
      toClient: [PASSIVE_TOLD, PASSIVE_TOLD, PASSIVE_TOLD, '150 go', '226 done'],
      pinholes: ['open', 'close replaced', 'open', 'close replaced', 'open', 'close used'],
      connections: ['accepted'],
    },
  },
  ended(
    'F28',
    'what comes behind a line that is too long is not read',
    [client(`${'A'.repeat(4098)}PORT {V},0,22\r\n`, 2049, 4098)],
    'cmd.too-long',
  ),
  ...(['end', 'reset'] as const).map(
    (how): Transcript => ({
      id: 'F29',
      title: `a connection that ends within a line is not heard: ${how}`,
      dialogue: [client('PORT 198,51'), { from: 'client', ends: how }],
      expect: { session: 'closed client-closed' },
    }),
  ),
]
