/** Cases T and G: what is clear around AUTH, and lines that only the peers can read. */
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import { ended, PASSIVE_SET_UP, PASSIVE_TOLD, PORT, refused, withheld } from './shapes.ts'

const AUTH = 'AUTH TLS\r\n'
const HELLO = '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00'
const BEFORE = { after: 'greeting' } as const
const GSSAPI = { ...BEFORE, profile: { mechanisms: new Set(['GSSAPI']) } } as const

/** Ended without a clear word in what the client takes for TLS. */
function silent(
  id: string,
  title: string,
  dialogue: Transcript['dialogue'],
  reason: string,
): Transcript {
  return {
    id,
    title,
    after: 'greeting',
    dialogue,
    expect: {
      toServer: ['AUTH TLS'],
      toClient: ['234 ok'],
      verdicts: [`close ${reason}`],
      session: `closed ${reason}`,
    },
  }
}

const PIPELINED = [
  ['in one segment', 'USER evil\r\nPASS x\r\n'],
  ['half a line', 'US'],
  ['an empty line', '\r\n'],
  ['a ClientHello', HELLO],
] as const

const MECHANISMS = [
  ['AUTH X', 504, 'auth.mechanism'],
  ['AUTH GSSAPI', 504, 'auth.mechanism'],
  ['AUTH KERBEROS_V4', 504, 'auth.mechanism'],
  ['AUTH TLS x', 501, 'cmd.argument'],
  ['AUTH', 501, 'cmd.argument'],
  ['AUTH  TLS', 501, 'cmd.argument'],
  ['AUTH TLS ', 501, 'cmd.argument'],
  ['AUTH TLS\0', 501, 'cmd.nul'],
] as const

const TOKENS = [
  client('AUTH GSSAPI\r\n'),
  server('334 go\r\n'),
  client('ADAT Q0xJRU5U\r\n'),
  server('235 ADAT=RklO\r\n'),
]
const TOKENS_SENT = ['AUTH GSSAPI', 'ADAT Q0xJRU5U']
const TOKENS_TOLD = ['334 go', '235 ADAT=RklO']

export const SECURITY: readonly Transcript[] = [
  ...PIPELINED.map(([title, behind]) =>
    ended('T1', `behind AUTH, ${title}`, [client(`${AUTH}${behind}`)], 'auth.pipelined', {
      ...BEFORE,
      before: { toServer: ['AUTH TLS'] },
    }),
  ),
  ended('T1', 'behind AUTH, later', [client(AUTH), client('USER evil\r\n')], 'auth.pipelined', {
    ...BEFORE,
    before: { toServer: ['AUTH TLS'] },
  }),
  silent(
    'T2',
    'replies behind the 234',
    [client(AUTH), server('234 ok\r\n230 Logged in\r\n257 "/"\r\n')],
    'auth.reply-pipelined',
  ),
  silent(
    'T2',
    'half a reply behind the 234',
    [client(AUTH), server('234 ok\r\n2')],
    'auth.reply-pipelined',
  ),
  ...['USER u', 'PASS p', 'ACCT a', 'PASV', 'REIN', 'RETR f'].map((line) =>
    refused('T3', `where encryption is required: ${line}`, line, 530, 'tls.required', {
      ...BEFORE,
      profile: { encryption: 'required' },
    }),
  ),
  ended('T3', 'a greeting that logs in', [server('230 in\r\n')], 'reply.greeting', {
    after: 'nothing',
    profile: { encryption: 'required' },
  }),
  ...['NOOP', 'USER u', 'FEAT'].map((command) =>
    withheld('T4', `a 234 to ${command}`, [command, '234 go'], 500, 'reply.mismatch', BEFORE),
  ),
  ended('T4', 'a 234 to nothing', [server('234 go\r\n')], 'reply.unsolicited', BEFORE),
  {
    id: 'T5',
    title: 'AUTH is forgotten with its reply',
    after: 'greeting',
    dialogue: [client(AUTH), server('504 no\r\n'), client('NOOP\r\n'), server('234 x\r\n')],
    expect: {
      toServer: ['AUTH TLS', 'NOOP'],
      toClient: ['504 no', '500 …'],
      verdicts: ['replace reply.mismatch'],
    },
  },
  ...['200 ok', '230 in', '335 ADAT=', '334 ADAT=', '220 x', '150 x', '631 x'].map((line) =>
    ended(
      'T5',
      `a reply to AUTH TLS that is none: ${line}`,
      [client(AUTH), server(`${line}\r\n`)],
      'reply.mismatch',
      { ...BEFORE, before: { toServer: ['AUTH TLS'] } },
    ),
  ),
  ...MECHANISMS.map(([line, code, reason]) =>
    refused('T6', JSON.stringify(line), line, code, reason, BEFORE),
  ),
  {
    id: 'T7',
    title: 'only a whole reply begins TLS, and a 230 inside it is text',
    after: 'greeting',
    dialogue: [client(AUTH), server('234-x\r\n230 y\r\n'), server('234 go\r\n')],
    expect: {
      toServer: ['AUTH TLS'],
      toClient: ['234-x', ' 230 y', '234 go'],
      session: 'waiting',
    },
  },
  silent(
    'T9',
    'clear text in place of a ClientHello',
    [client(AUTH), server('234 ok\r\n'), client('USER u\r\n')],
    'tls.expected',
  ),
  ended('T11', 'a ClientHello on a clear connection', [client(HELLO)], 'tls.unexpected', BEFORE),
  ended('T11', 'also after the login', [client(HELLO)], 'tls.unexpected'),
  ended(
    'T12',
    'a TLS record as the greeting',
    [server('\x16\x03\x03\x00\x10')],
    'reply.malformed',
    {
      after: 'nothing',
    },
  ),
  ended(
    'T12',
    'a TLS record in place of the reply to AUTH',
    [client(AUTH), server('\x16\x03\x03\x00\x10')],
    'reply.malformed',
    { ...BEFORE, before: { toServer: ['AUTH TLS'] } },
  ),
  {
    id: 'T28',
    title: 'login and set-up end with the 234',
    dialogue: [...PASSIVE_SET_UP, client(AUTH), server('234 ok\r\n'), connect('C')],
    expect: {
      toServer: ['PASV', 'AUTH TLS'],
      toClient: [PASSIVE_TOLD, '234 ok'],
      pinholes: ['open', 'close aborted'],
      connections: ['refused'],
      session: 'waiting',
    },
  },
  {
    ...GSSAPI,
    id: 'G1',
    title: 'tokens go both ways untouched',
    dialogue: TOKENS,
    expect: { toServer: TOKENS_SENT, toClient: TOKENS_TOLD, session: 'waiting' },
  },
  refused('G1', 'a mechanism that the profile does not name', 'AUTH GSSAPI', 504, 'auth.mechanism'),
  ...['PORT {C},200,21', 'PASV', 'USER root', 'AUTH TLS', 'CCC'].map(
    (line): Transcript => ({
      ...GSSAPI,
      id: 'G2',
      title: `in a protected session, in clear: ${line}`,
      dialogue: [...TOKENS, client(`${line}\r\n`)],
      expect: {
        toServer: TOKENS_SENT,
        toClient: [...TOKENS_TOLD, '533 …'],
        verdicts: ['reject gss.clear-command'],
        session: 'waiting',
      },
    }),
  ),
  {
    ...GSSAPI,
    id: 'G3',
    title: 'a PORT inside MIC opens nothing',
    dialogue: [
      ...TOKENS,
      client(`MIC ${Buffer.from(PORT.trim()).toString('base64')}\r\n`),
      server('631 MjAwIG9r\r\n'),
    ],
    expect: {
      toServer: [...TOKENS_SENT, `MIC ${Buffer.from(PORT.trim()).toString('base64')}`],
      toClient: [...TOKENS_TOLD, '631 MjAwIG9r'],
      session: 'waiting',
    },
  },
  {
    ...GSSAPI,
    id: 'G4',
    title: 'bad base64 is for the server to judge',
    dialogue: [
      client('AUTH GSSAPI\r\n'),
      server('334 go\r\n'),
      client('ADAT !!!\r\n'),
      server('501 no\r\n'),
    ],
    expect: { toServer: ['AUTH GSSAPI', 'ADAT !!!'], toClient: ['334 go', '501 no'] },
  },
  withheld('G5', 'a 633 in clear', ['NOOP', '633 x'], 500, 'reply.mismatch'),
]
