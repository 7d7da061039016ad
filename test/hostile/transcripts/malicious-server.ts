/** Cases M: servers whose replies say something else than they should. */
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import {
  ended,
  PASSIVE,
  PASSIVE_SET_UP,
  PASSIVE_TOLD,
  PORT,
  PORT_SENT,
  refused,
  withheld,
} from './shapes.ts'

const EXTENDED_TOLD = '229 Entering Extended Passive Mode (|||{port}|)'
const MALFORMED = 'pasv.malformed'

const ELSEWHERE = [
  ['M1', 'another host', '{V},156,64'],
  ['M2', 'loopback', '127,0,0,1,156,64'],
  ['M2', 'the unspecified address', '0,0,0,0,156,64'],
  ['M2', 'the proxy', '{P},156,64'],
  ['M2', 'link-local, where clouds keep metadata', '169,254,169,254,0,80'],
] as const

const BAD_PORTS = [
  ['PASV', '227 Entering Passive Mode ({S},0,22)'],
  ['PASV', '227 Entering Passive Mode ({S},3,255)'],
  ['EPSV', '229 Entering Extended Passive Mode (|||22|)'],
  ['EPSV', '229 Entering Extended Passive Mode (|||1|)'],
] as const

const BAD_TUPLES = [
  ['M5', '227 {V},0,22 ({S},156,64)'],
  ['M5', '227 ({S},156,64) {V},0,22'],
  ['M5', '227 ({S},156,64) ({S},156,65)'],
  ['M6', '227 x (010,0,0,20,156,64)'],
  ['M6', '227 x ({S},156,064)'],
  ['M7', '227 Passive (1216,256,2,127,127,127)'],
  ['M7', '227 Passive (212,27,32,66,257,243)'],
  ['M7', '227 Passive ({S},255,65535)'],
  ['M7', '227 Passive ({S},999,1)'],
  ['M7', '227 Passive ({S},156)'],
  ['M7', '227 Passive ({S},156,64,1)'],
  ['M7', '227 Passive ({S},-1,64)'],
  ['M7', '227 Passive ({S},0,0)'],
  ['M7', '227 Passive'],
  ['M7', '227'],
] as const

const BAD_GROUPS = [
  ['M4', '(|1|{V.}|40001|)'],
  ['M4', '(|2|2001:db8::66|40001|)'],
  ['M4', '(|1||40001|)'],
  ['M4', '(||{S.}|40001|)'],
  ['M8', '(|||1000000|)'],
  ['M8', '(|||65536|)'],
  ['M8', '(|||65558|)'],
  ['M8', '(|||-5|)'],
  ['M8', '(|||0|)'],
  ['M8', '(1114000111)'],
  ['M8', '(   40001 )'],
  ['M8', '(||40001|)'],
  ['M8', '(|||40001)'],
  ['M8', '(|||40001|x)'],
  ['M8', '(|||4|0001|)'],
  ['M8', '(|||40001|) (|||40002|)'],
  ['M8', '|||40001|'],
  ['M8', ''],
] as const

const NO_REPLIES = [
  ['PORT {C},0,22', 'reply.command'],
  ['PASV', 'reply.command'],
  ['22', 'reply.malformed'],
  ['2270 x', 'reply.malformed'],
  ['027 x', 'reply.malformed'],
  ['799 x', 'reply.malformed'],
  ['22x text', 'reply.malformed'],
] as const

const NO_GREETINGS = [
  '227 Entering Passive Mode ({S},0,22)',
  '200 hi',
  '230 in',
  '331 p',
  '229 x (|||4|)',
] as const

const WRONG_CODES = [
  ['EPSV', '227 Entering Passive Mode ({S},156,64)'],
  ['PASV', '229 Entering Extended Passive Mode (|||40000|)'],
  ['PASV', '200 ok'],
  ['PASV', '331 more'],
  ['PASV', '150 go'],
  ['PASV', '631 cHJvdGVjdGVk'],
] as const

/** Every byte, and text that a listing parser would trip over. */
const GARBAGE = `${Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')}${'drwxr-xr-x '.repeat(2000)}\r\n227 ({V},0,22)\r\n`

export const MALICIOUS_SERVER: readonly Transcript[] = [
  ...ELSEWHERE.map(([id, title, tuple]) =>
    withheld(
      id,
      `a 227 to ${title}`,
      ['PASV', `227 Entering Passive Mode (${tuple})`],
      425,
      'pasv.foreign-address',
    ),
  ),
  ...BAD_PORTS.map((said) =>
    withheld('M3', `a privileged port: ${said[1]}`, said, 425, 'pasv.bad-port'),
  ),
  ...BAD_GROUPS.map(([id, group]) =>
    withheld(id, `a 229 with ${group}`, ['EPSV', `229 ok ${group}`], 425, MALFORMED),
  ),
  ...BAD_TUPLES.map(([id, reply]) => withheld(id, reply, ['PASV', reply], 425, MALFORMED)),
  {
    id: 'M5',
    title: 'a digit in the text is no second address, and is not sent on',
    dialogue: [client('PASV\r\n'), server('227 1 Entering ({S},156,64)\r\n'), connect('C')],
    expect: {
      toServer: ['PASV'],
      toClient: [PASSIVE_TOLD],
      pinholes: ['open', 'close used'],
      connections: ['accepted'],
    },
  },
  {
    id: 'M8',
    title: 'another delimiter is understood and not sent on',
    dialogue: [client('EPSV\r\n'), server('229 ok (!!!40001!)\r\n'), connect('C')],
    expect: {
      toServer: ['EPSV'],
      toClient: [EXTENDED_TOLD],
      pinholes: ['open', 'close used'],
      connections: ['accepted'],
    },
  },
  {
    id: 'M9',
    title: 'the address is read from the last line, and one line is sent',
    dialogue: [client('PASV\r\n'), server(`227-junk ({V},0,22)\r\n${PASSIVE}`)],
    expect: { toServer: ['PASV'], toClient: [PASSIVE_TOLD], pinholes: ['open'] },
  },
  withheld(
    'M9',
    'an address on an earlier line alone is none',
    ['PASV', '227-Entering Passive Mode ({S},156,64)\r\n227 end'],
    425,
    MALFORMED,
  ),
  ended(
    'M10',
    'replies behind a 227 that answer no command',
    [client('PASV\r\n'), server(`${PASSIVE}150 Opening\r\n226 Done\r\n`)],
    'reply.unsolicited',
    {
      before: {
        toServer: ['PASV'],
        toClient: [PASSIVE_TOLD],
        pinholes: ['open', 'close session-closed'],
      },
    },
  ),
  // The last one's port is nobody's, whatever the address.
  ...ELSEWHERE.slice(0, -1).map(
    ([id, title, tuple]): Transcript => ({
      id,
      title: `${title}, which the profile takes for the server: ${tuple}`,
      profile: { foreignAddresses: 'replaced' },
      dialogue: [client('PASV\r\n'), server(`227 Entering Passive Mode (${tuple})\r\n`)],
      expect: {
        toServer: ['PASV'],
        toClient: [PASSIVE_TOLD],
        verdicts: ['note pasv.foreign-address'],
        pinholes: ['open'],
      },
    }),
  ),
  {
    id: 'M11',
    title: 'a refused PORT leaves nothing open',
    dialogue: [client(PORT), server('500 Illegal PORT command.\r\n'), connect('S')],
    expect: {
      toServer: [PORT_SENT],
      toClient: ['500 Illegal PORT command.'],
      pinholes: ['open', 'close refused'],
      connections: ['refused'],
    },
  },
  {
    id: 'M12',
    title: 'a connection before the 200 waits for it, and a second one is dropped',
    dialogue: [
      client(PORT),
      connect('S'),
      connect('S'),
      server('200 ok\r\n'),
      connect('S'),
      client('STOR f\r\n'),
      server('150 go\r\n'),
      { from: 'C', file: 'content' },
      server('226 done\r\n'),
    ],
    expect: {
      toServer: [PORT_SENT, 'STOR f'],
      toClient: ['200 ok', '150 go', '226 done'],
      verdicts: ['note data.early', 'drop-data data.early'],
      pinholes: ['open', 'close used'],
      connections: ['accepted', 'dropped', 'refused'],
    },
  },
  ...NO_REPLIES.map(([line, reason]) =>
    ended(
      'M13',
      `a line that is no reply: ${line}`,
      [client('NOOP\r\n'), server(`${line}\r\n`)],
      reason,
      { before: { toServer: ['NOOP'] } },
    ),
  ),
  refused(
    'M14',
    'a client that says 227',
    '227 Entering Passive Mode ({S},0,22)',
    500,
    'cmd.reply',
  ),
  refused('M14', 'a client that says 229', '229 Extended (|||40001|)', 500, 'cmd.reply'),
  {
    id: 'M15',
    title: 'a 227 inside the banner is text, and is padded',
    after: 'nothing',
    dialogue: [server('220-\r\n227 Entering Passive Mode ({V},0,22)\r\n220 hi\r\n')],
    expect: { toClient: ['220-', ' 227 Entering Passive Mode ({V},0,22)', '220 hi'] },
  },
  ...NO_GREETINGS.map((line) =>
    ended('M15', `a banner that is none: ${line}`, [server(`${line}\r\n`)], 'reply.greeting', {
      after: 'nothing',
    }),
  ),
  ...WRONG_CODES.map((said) =>
    withheld('M16', `${said[0]} answered ${said[1]}`, said, 425, 'setup.mismatch'),
  ),
  {
    id: 'M17',
    title: 'after EPSV ALL a 227 to EPSV is none',
    dialogue: [client('EPSV ALL\r\n'), server('200 ok\r\n'), client('EPSV\r\n'), server(PASSIVE)],
    expect: {
      toServer: ['EPSV ALL', 'EPSV'],
      toClient: ['200 ok', '425 …'],
      verdicts: ['replace setup.mismatch'],
    },
  },
  {
    id: 'M18',
    title: 'a listing is bytes: whatever is in it goes through as it is',
    dialogue: [
      ...PASSIVE_SET_UP,
      connect('C'),
      client('LIST\r\n'),
      server('150 go\r\n'),
      { from: 'S', file: GARBAGE },
      server('226 done\r\n'),
    ],
    expect: {
      toServer: ['PASV', 'LIST'],
      toClient: [PASSIVE_TOLD, '150 go', '226 done'],
      pinholes: ['open', 'close used'],
      connections: ['accepted'],
    },
  },
]
