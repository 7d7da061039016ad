/** Cases P: the arguments of PORT, EPRT, PASV and EPSV, and the addresses in 227 and 229. */
import { client, server, type Transcript } from '../../support/transcript/transcript.ts'
import { PASSIVE_TOLD, PORT_SENT, refused, withheld } from './shapes.ts'

const MALFORMED = 'port.malformed'

const BAD_PORT = [
  ['P1', 'a number above 255', '{C},256,22'],
  ['P1', 'port 0', '{C},0,0'],
  ['P2', 'an octet above 255', '454,51,100,10,200,21'],
  ['P3', 'a minus sign', '{C},-1,0'],
  ['P3', 'a minus sign at the end', '{C},200,-235'],
  ['P4', 'a plus sign', '{C},+200,21'],
  ['P5', 'hexadecimal', '{C},0xC8,21'],
  ['P5', 'an exponent', '{C},2e2,21'],
  ['P5', 'a fraction', '{C},200.0,21'],
  ['P6', 'leading zeros', '{C},0310,025'],
  ['P7', 'an empty number', '{C},,21'],
  ['P7', 'empty numbers', '{C},,'],
  ['P8', 'a blank before a number', '198, 51,100,10,200,21'],
  ['P8', 'a blank behind a number', '198 ,51,100,10,200,21'],
  ['P9', 'five numbers', '{C},200'],
  ['P9', 'an empty argument', ''],
  ['P10', 'seven numbers', '{C},200,21,1'],
  ['P10', 'a parenthesis behind', '{C},200,21)'],
  ['P10', 'letters behind', '{C},200,21junk'],
  ['P10', 'a word behind', '{C},200,21 x'],
  ['P11', 'a number that is 200 in 32 bits', '{C},4294967496,21'],
  ['P12', 'a number that is 200 in 64 bits', '{C},18446744073709551816,21'],
  ['P13', 'a long row of zeros', '000000000000{C},200,21'],
  ['P13', '500 zeros', `${'0'.repeat(500)}{C},200,21`],
  ['P14', 'Arabic digits', Buffer.from('١٩٨,51,100,10,200,21').toString('latin1')],
  ['P15', 'dots', '{C.},200,21'],
  ['P15', 'semicolons', '198;51;100;10;200;21'],
] as const

const BAD_EPRT = [
  ['P16', '|1|{C.}|65536|'],
  ['P16', '|1|{C.}|65557|'],
  ['P16', '|1|{C.}|65558|'],
  ['P16', '|1|{C.}|70000|'],
  ['P17', '|1|{C.}|0|'],
  ['P17', '|1|{C.}|-1|'],
  ['P17', '|1|{C.}||'],
  ['P18', '|0|{C.}|51221|'],
  ['P18', '|01|{C.}|51221|'],
  ['P18', '|1x|{C.}|51221|'],
  ['P18', '||{C.}|51221|'],
  ['P20', '|1|{C}|51221|'],
  ['P21', ' 1 {C.} 51221 '],
  ['P21', '1|{C.}|51221|'],
  ['P21', '|1!{C.}!51221!'],
  ['P21', 'a1a{C.}a51221a'],
  ['P21', '.1.{C.}.51221.'],
  ['P21', '11119851001051221'],
  ['P22', '|1|{C.}|51221'],
  ['P22', '|1|{C.}|51221||'],
  ['P22', '|1|{C.}|51221|x'],
  ['P22', '||||'],
  ['P22', '||'],
] as const

const OTHER_FAMILY = [
  ['P18', '|3|{C.}|51221|'],
  ['P18', '|10|{C.}|51221|'],
  ['P19', '|2|{C.}|51221|'],
  ['P19', '|1|2001:db8::1|51221|'],
  ['P19', '|2|2001:db8::10|51221|'],
] as const

const OTHER_DELIMITERS = ['!1!{C.}!51221!', '"1"{C.}"51221"', '~1~{C.}~51221~'] as const

const BAD_PASSIVE = [
  ['P26', 'EPSV 2', 522, 'port.family'],
  ['P26', 'EPSV 3', 522, 'port.family'],
  ['P26', 'EPSV ALL ', 501, 'cmd.argument'],
  ['P26', 'EPSV ALLE', 501, 'cmd.argument'],
  ['P26', 'EPSV foo', 501, 'cmd.argument'],
  ['P26', 'EPSV 1 2', 501, 'cmd.argument'],
  ['P26', 'EPSV 01', 501, 'cmd.argument'],
  ['P26', 'EPSV +1', 501, 'cmd.argument'],
  ['P26', 'EPSV ', 501, 'cmd.argument'],
  ['P26', 'EPSV 1 ', 501, 'cmd.argument'],
  ['P27', 'PASV x', 501, 'cmd.argument'],
  ['P27', 'PASV ', 501, 'cmd.argument'],
  ['P27', 'PASV\t', 501, 'cmd.control-byte'],
  ['P27', 'PASVX', 500, 'cmd.syntax'],
  ['P27', 'PA', 500, 'cmd.syntax'],
] as const

const TAKEN_TUPLES = [
  'Entering Passive Mode {S},156,64',
  'Entering Passive Mode {S},156,64.',
  'Entering Passive Mode ({S},156,64).',
  '={S},156,64',
  'ok ({S},156,64) ok',
] as const

const BAD_NUMBERS = ['00040001', '040001', '+40001', '4 0001', '0x9c41'] as const

const OBJECT_MEMBERS = [
  'constructor',
  '__proto__ x',
  'toString',
  'hasOwnProperty',
  'valueOf x',
] as const

export const ARGUMENTS: readonly Transcript[] = [
  ...BAD_PORT.map(([id, title, argument]) =>
    refused(id, `PORT with ${title}`, `PORT ${argument}`, 501, MALFORMED),
  ),
  refused('P9', 'PORT without an argument', 'PORT', 501, MALFORMED),
  refused('P9', 'EPRT without an argument', 'EPRT', 501, MALFORMED),
  ...BAD_EPRT.map(([id, argument]) =>
    refused(id, `EPRT ${argument}`, `EPRT ${argument}`, 501, MALFORMED),
  ),
  ...OTHER_FAMILY.map(
    ([id, argument]): Transcript => ({
      id,
      title: `EPRT ${argument}`,
      dialogue: [client(`EPRT ${argument}\r\n`)],
      expect: {
        toClient: ['522 Network protocol not supported, use (1)'],
        verdicts: ['reject port.family'],
      },
    }),
  ),
  ...OTHER_DELIMITERS.map(
    (argument): Transcript => ({
      id: 'P21',
      title: `another delimiter is taken, and | is sent on: ${argument}`,
      dialogue: [client(`EPRT ${argument}\r\n`), server('200 ok\r\n')],
      expect: {
        toServer: ['EPRT |1|{I.}|{port}|'],
        toClient: ['200 ok'],
        pinholes: ['open'],
      },
    }),
  ),
  ...BAD_PASSIVE.map(([id, line, code, reason]) =>
    refused(id, JSON.stringify(line), line, code, reason),
  ),
  {
    id: 'P26',
    title: 'the own family, and ALL in any case',
    dialogue: [client('EPSV 1\r\n'), server('500 no\r\n'), client('EPSV aLl\r\n')],
    expect: { toServer: ['EPSV 1', 'EPSV ALL'], toClient: ['500 no'], session: 'waiting' },
  },
  withheld(
    'P27',
    'PAS is a verb of its own, and no 227 that answers it opens anything',
    ['PAS', '227 Entering Passive Mode ({S},156,64)'],
    500,
    'reply.mismatch',
  ),
  ...TAKEN_TUPLES.map(
    (text): Transcript => ({
      id: 'P28',
      title: `227 ${text} is taken and written anew`,
      dialogue: [client('PASV\r\n'), server(`227 ${text}\r\n`)],
      expect: { toServer: ['PASV'], toClient: [PASSIVE_TOLD], pinholes: ['open'] },
    }),
  ),
  ...BAD_NUMBERS.map((number) =>
    withheld(
      'P29',
      `a 229 with the port ${number}`,
      ['EPSV', `229 Entering Extended Passive Mode (|||${number}|)`],
      425,
      'pasv.malformed',
    ),
  ),
  ...OBJECT_MEMBERS.map((line) => refused('P31', `${line} is no verb`, line, 500, 'cmd.syntax')),
  {
    id: 'P30',
    title: 'the highest port of the client becomes one of ours',
    dialogue: [client('PORT {C},255,255\r\n'), server('200 ok\r\n')],
    expect: { toServer: [PORT_SENT], toClient: ['200 ok'], pinholes: ['open'] },
  },
]
