/** Cases B: PORT and EPRT that point somewhere else. */
import { client, connect, server, type Transcript } from '../../support/transcript/transcript.ts'
import { ended, PORT, PORT_SENT, refused } from './shapes.ts'

const FOREIGN = 'port.foreign-address'
const SPECIAL = 'port.special-address'

const OTHER_NOTATIONS = [
  'PORT 198,51,100,010,200,21',
  'EPRT |1|198.051.100.10|51221|',
  'EPRT |1|198.51.100.10.|51221|',
  'EPRT |1|0xc6.51.100.10|51221|',
  'EPRT |1|3325256714|51221|',
  'EPRT |1|198.51.25610|51221|',
  'EPRT |1| 198.51.100.10|51221|',
] as const

const KNOWN_SERVICES = [
  1433, 3306, 3389, 5432, 5900, 6000, 6063, 6379, 8080, 9200, 11_211, 27_017,
] as const

const OTHER_VERBS = [
  'LPRT 4,4,10,0,0,66,2,200,21',
  'LPSV',
  'SPSV',
  'CPSV',
  'ESTP',
  'ESTA',
  'P@SW',
  'p@sw',
  'XPSV',
  'PRET RETR x',
  'ALGS ENABLE64',
] as const

const NEVER_A_PEER = [
  ['B8', 'loopback', '127,0,0,1'],
  ['B8', 'loopback', '127,255,255,254'],
  ['B9', 'the unspecified address', '0,0,0,0'],
  ['B9', '"this network"', '0,10,10,10'],
  ['B10', 'broadcast', '255,255,255,255'],
  ['B10', 'multicast', '224,0,0,1'],
  ['B10', 'multicast', '239,1,1,1'],
  ['B10', 'a reserved address', '240,0,0,1'],
  ['B11', 'link-local, where clouds keep metadata', '169,254,169,254'],
] as const

const INSIDE_IPV6 = [
  '::ffff:198.51.100.10',
  '::ffff:10.0.0.66',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::a00:42',
] as const

export const BOUNCE: readonly Transcript[] = [
  refused('B1', 'PORT to a third party', 'PORT {V},200,21', 501, FOREIGN),
  ended(
    'B1',
    'the third probe ends the session',
    ['PORT {V},200,21', 'EPRT |1|{V.}|51221|', 'PORT 127,0,0,1,200,21'].map((line) =>
      client(`${line}\r\n`),
    ),
    SPECIAL,
    {
      before: {
        toClient: ['501 …', '501 …', '501 …'],
        verdicts: [`reject ${FOREIGN}`, `reject ${FOREIGN}`, `reject ${SPECIAL}`],
      },
    },
  ),
  refused('B2', 'EPRT to a third party', 'EPRT |1|{V.}|51221|', 501, FOREIGN),
  ...OTHER_NOTATIONS.map((line) =>
    refused('B3', `an address that readers disagree about: ${line}`, line, 501, 'port.malformed'),
  ),
  ...['PORT {C},0,25', 'PORT {C},3,255', 'EPRT |1|{C.}|22|', 'EPRT |1|{C.}|1023|'].map((line) =>
    refused('B4', `a privileged port: ${line}`, line, 504, 'port.privileged'),
  ),
  {
    id: 'B4',
    title: '1024 is not privileged',
    dialogue: [client('PORT {C},4,0\r\n'), server('200 ok\r\n')],
    expect: { toServer: [PORT_SENT], toClient: ['200 ok'], pinholes: ['open'] },
  },
  ...['PORT {C},0,0', 'EPRT |1|{C.}|0|'].map((line) =>
    refused('B5', `port 0: ${line}`, line, 501, 'port.malformed'),
  ),
  ...KNOWN_SERVICES.map((number) => {
    const line = `PORT {C},${number >> 8},${number & 0xff}`
    return refused('B6', `the port of a known service: ${number}`, line, 504, 'port.denylisted')
  }),
  refused('B6', 'said as EPRT', 'EPRT |1|{C.}|3306|', 504, 'port.denylisted'),
  {
    id: 'B6',
    title: "the list is the profile's",
    profile: { deniedPorts: [] },
    dialogue: [client('PORT {C},13,61\r\n'), server('200 ok\r\n')],
    expect: { toServer: [PORT_SENT], toClient: ['200 ok'], pinholes: ['open'] },
  },
  ...['PORT {P},0,21', 'PORT {I},31,144'].map((line) =>
    refused('B7', `the proxy itself: ${line}`, line, 501, 'port.self', {
      engineOnly: 'on loopback an address of the proxy is special before it is its own',
    }),
  ),
  ...NEVER_A_PEER.map(([id, title, host]) =>
    refused(id, `${title}: ${host}`, `PORT ${host},200,21`, 501, SPECIAL),
  ),
  ...INSIDE_IPV6.map((address) =>
    refused('B12', `IPv4 inside ${address}`, `EPRT |2|${address}|51221|`, 522, 'port.family'),
  ),
  refused('B16', 'the server itself', 'PORT {S},200,21', 501, FOREIGN, {
    engineOnly: 'on loopback the server is a special address before it is a foreign one',
  }),
  refused('B17', 'a private address of a client', 'PORT 192,168,1,5,200,21', 501, FOREIGN),
  ...(
    [
      ['PORT 192,168,1,5,200,21', PORT_SENT],
      ['EPRT |1|192.168.1.5|51221|', 'EPRT |1|{I.}|{port}|'],
    ] as const
  ).map(
    ([line, sent]): Transcript => ({
      id: 'B17',
      title: `a private address of a client that is taken for its own: ${line}`,
      profile: { foreignAddresses: 'replaced' },
      dialogue: [client(`${line}\r\n`), server('200 ok\r\n')],
      expect: {
        toServer: [sent],
        toClient: ['200 ok'],
        verdicts: [`note ${FOREIGN}`],
        pinholes: ['open'],
      },
    }),
  ),
  ...OTHER_VERBS.map((line) =>
    refused('B18', `another way to set data connections up: ${line}`, line, 502, 'cmd.denied'),
  ),
  {
    id: 'B19',
    title: "what one server's 227 said is no PORT for another",
    dialogue: [client(PORT), server('200 ok\r\n'), client('PORT {V},156,64\r\n'), connect('S')],
    expect: {
      toServer: [PORT_SENT],
      toClient: ['200 ok', '501 …'],
      verdicts: [`reject ${FOREIGN}`],
      pinholes: ['open', 'close replaced'],
      connections: ['refused'],
    },
  },
]
