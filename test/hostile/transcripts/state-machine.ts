/** Cases Q: commands and replies out of order, too many, too few. */
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import {
  ended,
  PASSIVE,
  PASSIVE_SET_UP,
  PASSIVE_TOLD,
  PORT,
  PORT_SENT,
  passed,
  refused,
  withheld,
} from './shapes.ts'

const EARLY = [
  ['Q1', 'PORT {C},200,21'],
  ['Q1', 'EPRT |1|{C.}|51221|'],
  ['Q2', 'PASV'],
  ['Q2', 'EPSV'],
  ['Q2', 'EPSV ALL'],
] as const

const UNSOLICITED = [
  ['Q3', '227 Entering Passive Mode ({S},0,22)'],
  ['Q3', '229 Entering Extended Passive Mode (|||40001|)'],
  ['Q6', '200 ok'],
  ['Q6', '150 go'],
  ['Q6', '226 done'],
  ['Q6', '220 again'],
  ['Q6', '120 wait'],
  ['Q6', '230 in'],
] as const

const LOGINS = [
  ['Q14', 'by USER alone', [client('USER u\r\n'), server('230 in\r\n')]],
  ['Q14', 'with 232', [client('USER u\r\n'), server('232 in\r\n')]],
  [
    'Q15',
    'with an account',
    [
      client('USER u\r\n'),
      server('331 p\r\n'),
      client('PASS p\r\n'),
      server('332 a\r\n'),
      client('ACCT a\r\n'),
      server('230 in\r\n'),
    ],
  ],
] as const

const NEXT_IS_REFUSED = { verdicts: ['reject setup.refused'] } as const

export const STATE_MACHINE: readonly Transcript[] = [
  ...EARLY.map(([id, line]) =>
    refused(id, `${line} before the login`, line, 530, 'login.required', { after: 'greeting' }),
  ),
  ...UNSOLICITED.map(([id, line]) =>
    ended(id, `unsolicited: ${line}`, [server(`${line}\r\n`)], 'reply.unsolicited'),
  ),
  ...['NOOP', 'SITE PASV', 'XYZ', 'HELP', 'STAT'].map((command) =>
    withheld('Q3', `a 227 to ${command}`, [command, '227 x ({S},0,22)'], 500, 'reply.mismatch'),
  ),
  {
    id: 'Q4',
    title: 'PORT carries nothing before the 200, and nothing after a refusal',
    dialogue: [client(PORT), connect('X'), connect('S'), server('500 no\r\n'), connect('S')],
    expect: {
      toServer: [PORT_SENT],
      toClient: ['500 no'],
      verdicts: ['data data.foreign-peer', 'note data.early'],
      pinholes: ['open', 'close refused'],
      connections: ['dropped', 'accepted', 'refused'],
    },
  },
  ...['150 go', '300 more', '314 bluah', '202 superfluous', '226 done'].map(
    (line): Transcript => ({
      id: 'Q5',
      title: `only 200 accepts a PORT: ${line}`,
      dialogue: [client(PORT), server(`${line}\r\n`), connect('S')],
      expect: {
        toServer: [PORT_SENT],
        toClient: ['425 …'],
        verdicts: ['replace setup.mismatch'],
        pinholes: ['open', 'close refused'],
        connections: ['refused'],
      },
    }),
  ),
  {
    id: 'Q7',
    title: 'one reply too many: the first is a mismatch, the second ends the session',
    dialogue: [client('PASV\r\n'), server('200 ok\r\n'), server(PASSIVE)],
    expect: {
      toServer: ['PASV'],
      toClient: ['425 …', '421 …'],
      verdicts: ['replace setup.mismatch', 'close reply.unsolicited'],
      session: 'closed reply.unsolicited',
    },
  },
  {
    id: 'Q8',
    title: 'the 200 of a NOOP does not open the pinhole of the PORT behind it',
    dialogue: [
      client(`NOOP\r\n${PORT}`),
      server('200 NOOP ok\r\n'),
      connect('S'),
      server('500 Illegal PORT\r\n'),
      connect('S'),
    ],
    expect: {
      toServer: ['NOOP', PORT_SENT],
      toClient: ['200 NOOP ok', '500 Illegal PORT'],
      verdicts: ['note data.early'],
      pinholes: ['open', 'close refused'],
      connections: ['accepted', 'refused'],
    },
  },
  {
    id: 'Q8',
    title: 'a NOOP behind a PASV does not make us forget the PASV',
    dialogue: [client('PASV\r\nNOOP\r\n'), server(PASSIVE), server('200 ok\r\n')],
    expect: {
      toServer: ['PASV', 'NOOP'],
      toClient: [PASSIVE_TOLD, '200 ok'],
      pinholes: ['open'],
    },
  },
  {
    id: 'Q9',
    title: 'the second PASV is sent when the first is answered, and ends it',
    dialogue: [
      client('PASV\r\nPASV\r\n'),
      server(PASSIVE),
      connect('C', 0),
      server('227 x ({S},156,65)\r\n'),
      connect('C', 1),
    ],
    expect: {
      toServer: ['PASV', 'PASV'],
      toClient: [PASSIVE_TOLD, PASSIVE_TOLD],
      pinholes: ['open', 'close replaced', 'open', 'close used'],
      connections: ['refused', 'accepted'],
    },
  },
  {
    id: 'Q10',
    title: 'answers of ours and of the server come in the order of the commands',
    dialogue: [
      client('NOOP\r\nPORT {V},0,22\r\nLPSV\r\nNOOP\r\n'),
      server('200 one\r\n'),
      server('200 two\r\n'),
    ],
    expect: {
      toServer: ['NOOP', 'NOOP'],
      toClient: ['200 one', '501 …', '502 …', '200 two'],
      verdicts: ['reject port.foreign-address', 'reject cmd.denied'],
    },
  },
  {
    id: 'Q12',
    title: 'after EPSV ALL only EPSV may set up data connections',
    dialogue: [
      client('EPSV ALL\r\n'),
      server('200 ok\r\n'),
      client(`PASV\r\n${PORT}EPRT |1|{C.}|51221|\r\n`),
      client('EPSV\r\n'),
      server('229 ok (|||40000|)\r\n'),
    ],
    expect: {
      toServer: ['EPSV ALL', 'EPSV'],
      toClient: [
        '200 ok',
        '503 …',
        '503 …',
        '503 …',
        '229 Entering Extended Passive Mode (|||{port}|)',
      ],
      verdicts: ['reject epsv-all', 'reject epsv-all', 'reject epsv-all'],
      pinholes: ['open'],
    },
  },
  {
    id: 'Q12',
    title: 'a refused EPSV ALL changes nothing',
    dialogue: [client('EPSV ALL\r\n'), server('500 no\r\n'), ...PASSIVE_SET_UP],
    expect: {
      toServer: ['EPSV ALL', 'PASV'],
      toClient: ['500 no', PASSIVE_TOLD],
      pinholes: ['open'],
    },
  },
  ...(['USER other', 'REIN'] as const).map(
    (command): Transcript => ({
      id: 'Q13',
      title: `${command} ends the login and what was set up`,
      dialogue: [
        ...PASSIVE_SET_UP,
        client(`${command}\r\n`),
        connect('C'),
        server(command === 'REIN' ? '220 again\r\n' : '530 no\r\n'),
        client(PORT),
      ],
      expect: {
        toServer: ['PASV', command],
        toClient: [PASSIVE_TOLD, command === 'REIN' ? '220 again' : '530 no', '530 …'],
        verdicts: ['reject login.required'],
        pinholes: ['open', 'close aborted'],
        connections: ['refused'],
      },
    }),
  ),
  ...LOGINS.map(
    ([id, title, login]): Transcript => ({
      id,
      title: `logged in ${title}`,
      after: 'greeting',
      dialogue: [...login, client(PORT), server('200 ok\r\n')],
      expect: {
        toServer: [
          ...login.flatMap((turn) =>
            'bytes' in turn && turn.from === 'client' ? [turn.bytes.trim()] : [],
          ),
          PORT_SENT,
        ],
        toClient: [
          ...login.flatMap((turn) =>
            'bytes' in turn && turn.from === 'server' ? [turn.bytes.trim()] : [],
          ),
          '200 ok',
        ],
        pinholes: ['open'],
      },
    }),
  ),
  passed(
    'Q16',
    'codes of plain commands are not judged, only counted',
    [
      client('RNFR a\r\nRNTO b\r\nREST 5\r\nPWD\r\n'),
      server('550 no\r\n350 go\r\n250 done\r\n200 strange\r\n'),
    ],
    ['RNFR a', 'RNTO b', 'REST 5', 'PWD'],
    ['550 no', '350 go', '250 done', '200 strange'],
  ),
  {
    id: 'Q17',
    title: 'PASV during a transfer waits for its end',
    dialogue: [
      ...PASSIVE_SET_UP,
      connect('C'),
      client('RETR f\r\n'),
      server('150 go\r\n'),
      client('PASV\r\n'),
      { from: 'S', file: 'content' },
      server('226 done\r\n'),
      server('227 x ({S},156,65)\r\n'),
    ],
    expect: {
      toServer: ['PASV', 'RETR f', 'PASV'],
      toClient: [PASSIVE_TOLD, '150 go', '226 done', PASSIVE_TOLD],
      pinholes: ['open', 'close used', 'open'],
      connections: ['accepted'],
    },
  },
  {
    id: 'Q20',
    title: 'ABOR takes away what was set up',
    dialogue: [
      ...PASSIVE_SET_UP,
      client('ABOR\r\n'),
      server('225 ok\r\n'),
      connect('C'),
      client('RETR f\r\n'),
    ],
    expect: {
      ...NEXT_IS_REFUSED,
      toServer: ['PASV', 'ABOR'],
      toClient: [PASSIVE_TOLD, '225 ok', '425 …'],
      pinholes: ['open', 'close aborted'],
      connections: ['refused'],
    },
  },
  {
    id: 'Q22',
    title: 'after 421 the server is not heard any more',
    dialogue: [client('PASV\r\n'), server(`421 Timeout\r\n${PASSIVE}`)],
    expect: { toServer: ['PASV'], toClient: ['421 Timeout'], session: 'closed server-closed' },
  },
  {
    id: 'Q23',
    title: 'nothing behind QUIT is sent, and the session ends with its reply',
    dialogue: [client(`QUIT\r\n${PORT}`), server('221 bye\r\n')],
    expect: {
      toServer: ['QUIT'],
      toClient: ['221 bye'],
      verdicts: ['note cmd.after-quit'],
      session: 'closed quit',
    },
  },
  ...['227 Passiver Modus ({S},156,64)', '227 \xe9\x80\xb2\xe5\x85\xa5 ({S},156,64)'].map(
    (reply): Transcript => ({
      id: 'Q24',
      title: `the words around the address say nothing: ${reply}`,
      dialogue: [client('PASV\r\n'), server(`${reply}\r\n`)],
      expect: { toServer: ['PASV'], toClient: [PASSIVE_TOLD], pinholes: ['open'] },
    }),
  ),
  {
    id: 'Q25',
    title: 'a refused PORT ends the one before it, on our side and for the next transfer',
    dialogue: [
      client(PORT),
      server('200 ok\r\n'),
      client('PORT {C},999,1\r\n'),
      connect('S'),
      client('RETR f\r\n'),
    ],
    expect: {
      toServer: [PORT_SENT],
      toClient: ['200 ok', '501 …', '425 …'],
      verdicts: ['reject port.malformed', 'reject setup.refused'],
      pinholes: ['open', 'close replaced'],
      connections: ['refused'],
    },
  },
  {
    id: 'Q26',
    title: 'a withheld 227: the next transfer is refused here',
    dialogue: [client('PASV\r\n'), server('227 x ({V},156,64)\r\n'), client('RETR f\r\n')],
    expect: {
      toServer: ['PASV'],
      toClient: ['425 …', '425 …'],
      verdicts: ['replace pasv.foreign-address', 'reject setup.refused'],
    },
  },
  {
    id: 'Q27',
    title: 'refused commands are answered here; no NOOP is made up for the server',
    dialogue: Array.from({ length: 50 }, () => client('PORT {C},0,25\r\n')),
    expect: {
      toClient: Array.from({ length: 50 }, () => '504 …'),
      verdicts: Array.from({ length: 50 }, () => 'reject port.privileged'),
    },
  },
]
