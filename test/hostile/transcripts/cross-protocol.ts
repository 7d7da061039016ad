/** Cases N: clients of other protocols, and text that is made to look like a command or reply. */
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import { ended, PASSIVE_SET_UP, PASSIVE_TOLD, PORT, PORT_SENT, passed, refused } from './shapes.ts'

const BODY = 'USER a\r\nPASS b\r\nPORT {C},13,61\r\n'
const POST = `POST / HTTP/1.1\r\nHost: {P.}:21\r\nContent-Length: 40\r\n\r\n${BODY}`
const POISON = '227 Entering Passive Mode ({S},0,22)'

const HTTP_VERBS = [
  'GET',
  'PUT',
  'HEAD',
  'OPTIONS',
  'DELETE',
  'CONNECT',
  'TRACE',
  'PATCH',
  'PRI',
] as const

const NO_VERBS = [
  'Host: x',
  'Content-Type: text/plain',
  'Connection: keep-alive',
  'X-A:b',
  '{"a":1}',
] as const

const FOREIGN = [
  'REGISTER sip:x SIP/2.0',
  'INVITE sip:x SIP/2.0',
  'DESCRIBE rtsp://x RTSP/1.0',
  'EHLO x',
  'HELO x',
  'MAIL FROM:<a>',
  'NICK x',
  '*1',
  '$4',
  'SSH-2.0-x',
] as const

const BINARY = [
  ['STUN', '\x00\x01\x00\x08\x21\x12\xa4\x42', 'cmd.binary'],
  ['TPKT', '\x03\x00\x00\x16\x11\xe0', 'cmd.binary'],
  ['SSL 2', '\x80\x2e\x01\x03\x01', 'cmd.binary'],
  ['an escape sequence', '\x1b[A\r\n', 'cmd.binary'],
] as const

const OTHER_SERVERS = [
  'SSH-2.0-OpenSSH_9.2\r\n',
  'HTTP/1.1 400 Bad Request\r\n',
  '* OK IMAP4 ready\r\n',
  '+OK POP3\r\n',
] as const

const PWD_REPLIES = [
  `257 "/${POISON}" is here`,
  '257 "/unclosed',
  '257 no quotes',
  '257 "a ""quoted"" name"',
] as const

const budget = Array.from({ length: 11 }, () => client('Host: x\r\n'))

export const CROSS_PROTOCOL: readonly Transcript[] = [
  ended('N1', 'a POST before the login', [client(POST)], 'proto.http', { after: 'greeting' }),
  ended('N1', 'a POST after the login', [client(POST)], 'proto.http'),
  ended('N1', 'a POST behind empty lines', [client(`\r\n\r\n${POST}`)], 'proto.http', {
    after: 'greeting',
  }),
  ...HTTP_VERBS.map((verb) =>
    ended('N1', verb, [client(`${verb} / HTTP/1.1\r\n`)], 'proto.http', { after: 'greeting' }),
  ),
  passed(
    'N1',
    'DELE is a verb of FTP',
    [client('DELE f\r\n'), server('250 ok\r\n')],
    ['DELE f'],
    ['250 ok'],
  ),
  ...NO_VERBS.map((line) => refused('N2', `${line} is no verb`, line, 500, 'cmd.syntax')),
  ended('N2', 'the eleventh bad line ends the session', budget, 'cmd.budget', {
    before: {
      toClient: Array.from({ length: 11 }, () => '500 …'),
      verdicts: Array.from({ length: 11 }, () => 'reject cmd.syntax'),
    },
  }),
  ...FOREIGN.map((line) =>
    ended('N3', line, [client(`${line}\r\n${BODY}`)], 'proto.foreign', { after: 'greeting' }),
  ),
  passed(
    'N4',
    'a segment that starts with PORT starts no line',
    [client(`CWD ${'A'.repeat(1452)}PORT 1,2\r\n`, 1456), server('250 ok\r\n')],
    [`CWD ${'A'.repeat(1452)}PORT 1,2`],
    ['250 ok'],
  ),
  {
    id: 'N5',
    title: 'a line injected into an argument is a command of its own, in its turn',
    dialogue: [client(`CWD a\r\n${PORT}`), server('250 ok\r\n'), server('500 no\r\n')],
    expect: {
      toServer: ['CWD a', PORT_SENT],
      toClient: ['250 ok', '500 no'],
      pinholes: ['open', 'close refused'],
    },
  },
  {
    id: 'N6',
    title: 'a 227 in the text of an error is text',
    dialogue: [
      ...PASSIVE_SET_UP,
      client(`NLST ${POISON}\r\n`),
      server(`550 ${POISON}: No such file.\r\n`),
    ],
    expect: {
      toServer: ['PASV', `NLST ${POISON}`],
      toClient: [PASSIVE_TOLD, `550 ${POISON}: No such file.`],
      pinholes: ['open'],
    },
  },
  refused('N7', 'a name with a CR inside', `MKD a\r${POISON}`, 501, 'cmd.bare-cr'),
  ended(
    'N7',
    'an echo with LF inside becomes no second reply',
    [client('MKD a\r\n'), server(`257 "a\n${POISON}" created\r\n`)],
    'reply.malformed',
    { before: { toServer: ['MKD a'] } },
  ),
  ...PWD_REPLIES.map((reply) =>
    passed('N8', reply, [client('PWD\r\n'), server(`${reply}\r\n`)], ['PWD'], [reply]),
  ),
  ...['STAT', 'HELP', 'FEAT', 'SITE HELP'].map((command) =>
    passed(
      'N9',
      `a 227 between the lines of a reply to ${command} is padded`,
      [client(`${command}\r\n`), server(`211-Status\r\n${POISON}\r\n211 End\r\n`)],
      [command],
      ['211-Status', ` ${POISON}`, '211 End'],
    ),
  ),
  {
    id: 'N10',
    title: 'another code ends no multi-line reply, and nobody says 421 inside one',
    limits: { replyLines: 4 },
    dialogue: [
      client('NOOP\r\n'),
      server('230-WARNING bare linefeeds\r\n   x\r\n226 Transfer complete.\r\n'),
      server('227 Entering Passive Mode ({S},156,64)\r\nmore\r\n'),
    ],
    expect: {
      toServer: ['NOOP'],
      toClient: [
        '230-WARNING bare linefeeds',
        '   x',
        ' 226 Transfer complete.',
        ' 227 Entering Passive Mode ({S},156,64)',
      ],
      verdicts: ['close reply.unterminated'],
      session: 'closed reply.unterminated',
    },
  },
  passed(
    'N11',
    'one line of a client that speaks first waits for the greeting',
    [client('USER u\r\n'), server('220 x\r\n'), server('331 p\r\n')],
    ['USER u'],
    ['220 x', '331 p'],
    { after: 'nothing' },
  ),
  ended('N11', 'a second line does not', [client('USER u\r\nPASS p\r\n')], 'cmd.early', {
    after: 'nothing',
  }),
  ended(
    'N12',
    'a browser, and a server that says yes to everything',
    [client(POST), server('200 yes\r\n'), server('200 yes\r\n')],
    'proto.http',
    { after: 'nothing' },
  ),
  {
    id: 'N12',
    title: 'only the server may come to what PORT opened',
    dialogue: [client(PORT), server('200 ok\r\n'), connect('X'), connect('S')],
    expect: {
      toServer: [PORT_SENT],
      toClient: ['200 ok'],
      verdicts: ['data data.foreign-peer'],
      pinholes: ['open', 'close used'],
      connections: ['dropped', 'accepted'],
    },
  },
  refused('N12', 'where active mode is denied', PORT.trim(), 502, 'active.denied', {
    profile: { activeMode: 'denied' },
  }),
  ...OTHER_SERVERS.map((line) =>
    ended('N13', `a server that says ${line.trim()}`, [server(line)], 'reply.malformed', {
      after: 'nothing',
    }),
  ),
  ended('N14', 'P, then OST', [client('POST / HTTP/1.1\r\n', 1)], 'proto.http'),
  ended('N14', 'GE, then T', [client('GET / HTTP/1.1\r\n', 2)], 'proto.http'),
  ...BINARY.map(([title, bytes, reason]) => ended('N15', title, [client(bytes)], reason)),
]
