/** Cases D: who gets a data connection, when, and only once. */
import { duration } from '../../../src/net/instant.ts'
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import { download, PASSIVE_SET_UP, PASSIVE_TOLD, PORT, PORT_SENT } from './shapes.ts'

const SECOND_PASSIVE = '227 Entering Passive Mode ({S},156,65)\r\n'
/** Short enough to be waited for. */
const SHORT = { pinhole: duration(200) }

export const DATA_OWNERSHIP: readonly Transcript[] = [
  {
    id: 'D1',
    title: 'a thief gets nothing, and the client still gets its file',
    dialogue: [...PASSIVE_SET_UP, connect('X'), connect('C'), ...download('secret', 'content')],
    expect: {
      toServer: ['PASV', 'RETR secret'],
      toClient: [PASSIVE_TOLD, '150 go', '226 done'],
      verdicts: ['data data.foreign-peer'],
      pinholes: ['open', 'close used'],
      connections: ['dropped', 'accepted'],
    },
  },
  {
    id: 'D2',
    title: 'a thief can neither end the session nor use the pinhole up',
    dialogue: [...PASSIVE_SET_UP, ...Array.from({ length: 10 }, () => connect('X')), connect('C')],
    expect: {
      toServer: ['PASV'],
      toClient: [PASSIVE_TOLD],
      verdicts: Array.from({ length: 10 }, () => 'data data.foreign-peer'),
      pinholes: ['open', 'close used'],
      connections: [...Array.from({ length: 10 }, () => 'dropped' as const), 'accepted'],
    },
  },
  {
    id: 'D3',
    title: "the client's own address: the first connection wins",
    dialogue: [...PASSIVE_SET_UP, connect('C'), connect('C')],
    expect: {
      toServer: ['PASV'],
      toClient: [PASSIVE_TOLD],
      pinholes: ['open', 'close used'],
      connections: ['accepted', 'refused'],
    },
  },
  {
    id: 'D5',
    title: 'in active mode only the server may come',
    dialogue: [
      client(PORT),
      server('200 ok\r\n'),
      connect('X'),
      connect('C'),
      connect('S'),
      ...download('f', 'content'),
    ],
    expect: {
      toServer: [PORT_SENT, 'RETR f'],
      toClient: ['200 ok', '150 go', '226 done'],
      verdicts: ['data data.foreign-peer', 'data data.foreign-peer'],
      pinholes: ['open', 'close used'],
      connections: ['dropped', 'dropped', 'accepted'],
    },
  },
  {
    id: 'D7',
    title: 'after its time a pinhole is shut, and the next transfer is refused',
    timeouts: SHORT,
    dialogue: [...PASSIVE_SET_UP, { waits: 400 }, connect('C'), client('RETR f\r\n')],
    expect: {
      toServer: ['PASV'],
      toClient: [PASSIVE_TOLD, '425 …'],
      verdicts: ['reject setup.refused'],
      pinholes: ['open', 'close expired'],
      connections: ['refused'],
    },
  },
  {
    id: 'D7',
    title: 'a 200 to PORT after the time of its pinhole opens nothing',
    timeouts: SHORT,
    dialogue: [client(PORT), { waits: 400 }, server('200 ok\r\n'), connect('S')],
    expect: {
      toServer: [PORT_SENT],
      toClient: ['425 …'],
      verdicts: ['replace pinhole.expired'],
      pinholes: ['open', 'close expired'],
      connections: ['refused'],
    },
  },
  ...(['end', 'reset'] as const).map(
    (how): Transcript => ({
      id: 'D8',
      title: `after the control connection is gone: ${how}`,
      dialogue: [...PASSIVE_SET_UP, { from: 'client', ends: how }, connect('C')],
      expect: {
        toServer: ['PASV'],
        toClient: [PASSIVE_TOLD],
        pinholes: ['open', 'close session-closed'],
        connections: ['refused'],
        session: 'closed client-closed',
      },
    }),
  ),
  {
    id: 'D9',
    title: 'a new PASV shuts the old door before the new one is announced',
    dialogue: [
      ...PASSIVE_SET_UP,
      client('PASV\r\n'),
      connect('C', 0),
      server(SECOND_PASSIVE),
      connect('C', 0),
      connect('C', 1),
      ...download('f', 'content'),
    ],
    expect: {
      toServer: ['PASV', 'PASV', 'RETR f'],
      toClient: [PASSIVE_TOLD, PASSIVE_TOLD, '150 go', '226 done'],
      pinholes: ['open', 'close replaced', 'open', 'close used'],
      connections: ['refused', 'refused', 'accepted'],
    },
  },
  {
    id: 'D10',
    title: 'PASV, then PORT: the PORT lives',
    dialogue: [
      ...PASSIVE_SET_UP,
      client(PORT),
      server('200 ok\r\n'),
      connect('C', 0),
      connect('S', 1),
    ],
    expect: {
      toServer: ['PASV', PORT_SENT],
      toClient: [PASSIVE_TOLD, '200 ok'],
      pinholes: ['open', 'close replaced', 'open', 'close used'],
      connections: ['refused', 'accepted'],
    },
  },
  {
    id: 'D10',
    title: 'PORT, then PASV: the PASV lives',
    dialogue: [
      client(PORT),
      server('200 ok\r\n'),
      ...PASSIVE_SET_UP,
      connect('S', 0),
      connect('C', 1),
    ],
    expect: {
      toServer: [PORT_SENT, 'PASV'],
      toClient: ['200 ok', PASSIVE_TOLD],
      pinholes: ['open', 'close replaced', 'open', 'close used'],
      connections: ['refused', 'accepted'],
    },
  },
  {
    id: 'D11',
    title: 'after the transfer the same door does not open again',
    dialogue: [...PASSIVE_SET_UP, connect('C'), ...download('f', 'content'), connect('C')],
    expect: {
      toServer: ['PASV', 'RETR f'],
      toClient: [PASSIVE_TOLD, '150 go', '226 done'],
      pinholes: ['open', 'close used'],
      connections: ['accepted', 'refused'],
    },
  },
  {
    id: 'D15',
    title: 'an upload that begins before the server has heard of it arrives whole',
    dialogue: [
      ...PASSIVE_SET_UP,
      connect('C'),
      client('STOR f\r\n'),
      { from: 'C', file: 'early bytes' },
      server('150 go\r\n226 done\r\n'),
    ],
    expect: {
      toServer: ['PASV', 'STOR f'],
      toClient: [PASSIVE_TOLD, '150 go', '226 done'],
      pinholes: ['open', 'close used'],
      connections: ['accepted'],
    },
  },
  {
    id: 'D20',
    title: 'a transfer that nothing was set up for opens no default port',
    dialogue: [client('RETR f\r\n'), server('425 Use PORT or PASV first.\r\n')],
    expect: { toServer: ['RETR f'], toClient: ['425 Use PORT or PASV first.'] },
  },
]
