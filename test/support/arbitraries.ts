/** What hostile and honest peers say, for fast-check: mostly good lines, some bent, some noise. */
import fc from 'fast-check'
import { latin1 } from './bytes.ts'
import type { Dialogue, Step } from './golden.ts'
import { HOSTS } from './conversation.ts'

const GOOD_COMMANDS = [
  'USER u',
  'PASS p',
  'ACCT a',
  'NOOP',
  'PWD',
  'STAT',
  'FEAT',
  'TYPE I',
  'CWD x',
  'PORT 198,51,100,10,200,21',
  'EPRT |1|198.51.100.10|51222|',
  'PASV',
  'EPSV',
  'EPSV ALL',
  'RETR f',
  'STOR f',
  'LIST',
  'ABOR',
  'REIN',
  'QUIT',
  'XYZW a',
]

const BAD_COMMANDS = [
  'PORT 10,0,0,66,200,21',
  'PORT 198,51,100,10,0,22',
  'PORT 1,2,3',
  'EPRT |2|::1|51221|',
  'EPRT |1|10.0.0.20|21|',
  'AUTH TLS',
  'P@SW',
  'Host: x',
  ' PASV',
  'PASV x',
  'PASV\r',
  'NO\0OP',
  'RETR a\rPORT 198,51,100,10,200,21',
  'RETR a\xff\xf4b',
  '\xff\xf4\xff\xf2ABOR',
  '\xff\xf4PASV',
  '',
  'PASS \x1b[2J',
  '227 Entering Passive Mode (10,0,0,20,0,22)',
]

const GOOD_REPLIES = [
  '220 ready',
  '331 password',
  '230 ok',
  '200 ok',
  '227 Entering Passive Mode (10,0,0,20,156,64)',
  '229 Entering Extended Passive Mode (|||40001|)',
  '150 go',
  '226 done',
  '211-a\r\n b\r\n211 c',
  '425 no',
  '426 aborted',
  '500 what',
  '530 no',
  '221 bye',
]

const BAD_REPLIES = [
  '227 Entering Passive Mode (10,0,0,66,156,64)',
  '227 Entering Passive Mode (10,0,0,20,0,22)',
  '229 (|1|10.0.0.66|40001|)',
  '211-a\r\n227 Entering Passive Mode (10,0,0,20,156,64)\r\n2111\r\n211 c',
  '230-226 x\r\n226 y\r\n230',
  '550 \x1b]0;pwn\x07\x9b\xe2\x80\xa8',
  '200 o\rk',
  '200 o\0k',
  '234 go',
  '421 bye',
  'PORT 198,51,100,10,0,22',
  '\xff\xfd\x06200 ok',
  '631 AAAA',
]

/** A line and its end; one in twenty ends badly. */
function line(good: readonly string[], bad: readonly string[]): fc.Arbitrary<Uint8Array> {
  const text = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...good) },
    { weight: 4, arbitrary: fc.constantFrom(...bad) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 12 })
        .map((bytes) => Buffer.from(bytes).toString('latin1')),
    },
  )
  const end = fc.oneof(
    { weight: 19, arbitrary: fc.constant('\r\n') },
    { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\r\0\n', '') },
  )
  return fc.tuple(text, end).map((parts) => latin1(parts.join('')))
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: line(GOOD_COMMANDS, BAD_COMMANDS).map(
      (bytes): Step => ({ type: 'write', side: 'client', bytes }),
    ),
  },
  {
    weight: 8,
    arbitrary: line(GOOD_REPLIES, BAD_REPLIES).map(
      (bytes): Step => ({ type: 'write', side: 'server', bytes }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(
      { type: 'data', from: 'client' },
      { type: 'data', from: 'server' },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ type: 'end', toClient: 3, toServer: 0 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(10, 1_500, 31_000)
      .map((milliseconds): Step => ({ type: 'wait', milliseconds })),
  },
)

/** An honest way from one state to the next, so that random dialogues get somewhere. */
const passages: readonly (readonly (readonly ['C' | 'S', string])[])[] = [
  [
    ['C', 'PASV'],
    ['S', '227 Entering Passive Mode (10,0,0,20,156,64)'],
  ],
  [
    ['C', 'PORT 198,51,100,10,200,21'],
    ['S', '200 ok'],
  ],
  [
    ['C', 'RETR f'],
    ['S', '150 go'],
  ],
  [['S', '226 done']],
  [
    ['C', 'NOOP'],
    ['S', '200 ok'],
  ],
]

const passage: fc.Arbitrary<Step[]> = fc
  .constantFrom(...passages)
  .map((lines) => lines.map(([side, text]) => write(side, text)))

function write(side: 'C' | 'S', text: string): Step {
  return {
    type: 'write',
    side: side === 'C' ? 'client' : 'server',
    bytes: latin1(`${text}\r\n`),
  }
}

const login: readonly Step[] = [
  write('S', '220 ready'),
  write('C', 'USER u'),
  write('S', '331 password'),
  write('C', 'PASS p'),
  write('S', '230 ok'),
]

const client = `${HOSTS.C}:40000`
const OPTIONS = {
  strict: { client, profile: { lineEnding: 'strict' } },
  tolerant: { client, profile: { lineEnding: 'tolerant' } },
  kernel: { client, profile: { lineEnding: 'strict' }, kernel: 'front-door' },
} as const

/** A dialogue of any sense or none, logged in more often than not. */
export const dialogues: fc.Arbitrary<Dialogue> = fc
  .tuple(
    fc.constantFrom(login, login, []),
    fc.array(
      fc.oneof(
        step.map((one) => [one]),
        passage,
      ),
      { maxLength: 14 },
    ),
    fc.constantFrom<keyof typeof OPTIONS>('strict', 'strict', 'tolerant', 'kernel'),
  )
  .map(([beginning, rest, lineEnding]) => ({
    name: 'random',
    options: OPTIONS[lineEnding],
    steps: [...beginning, ...rest.flat()],
    isRecorded: false,
  }))
