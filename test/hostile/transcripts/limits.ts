/** Cases R: what one session can make grow. */
import { duration } from '../../../src/net/instant.ts'
import { client, server, type Transcript } from '../../support/transcript/transcript.ts'
import { ended, PASSIVE, PASSIVE_TOLD, passed } from './shapes.ts'

const SMALL = { limits: { commandBytes: 100, replyBytes: 100, replyLines: 5 } } as const
const SHORT = { timeouts: { line: duration(300) } } as const

/** `prefix` and so much behind it that the line has `length` bytes. */
function line(prefix: string, length: number): string {
  return `${prefix}${'A'.repeat(length - prefix.length)}`
}

/** A password that is wrong. */
const GUESS = [
  client('USER u\r\n'),
  server('331 p\r\n'),
  client('PASS wrong\r\n'),
  server('530 no\r\n'),
]

const FLOOD = Array.from({ length: 21 }, () => [client('PASV\r\n'), server(PASSIVE)]).flat()

export const LIMITS: readonly Transcript[] = [
  passed(
    'R3',
    'a command line as long as it may be',
    [client(`${line('CWD ', 100)}\r\n`), server('250 ok\r\n')],
    [line('CWD ', 100)],
    ['250 ok'],
    SMALL,
  ),
  ended('R3', 'one byte more', [client(`${line('CWD ', 101)}\r\n`)], 'cmd.too-long', SMALL),
  passed(
    'R4',
    'a reply line as long as it may be',
    [client('NOOP\r\n'), server(`${line('200 ', 100)}\r\n`)],
    ['NOOP'],
    [line('200 ', 100)],
    SMALL,
  ),
  ended(
    'R4',
    'one byte more',
    [client('NOOP\r\n'), server(`${line('200 ', 101)}\r\n`)],
    'reply.too-long',
    { ...SMALL, before: { toServer: ['NOOP'] } },
  ),
  {
    ...SMALL,
    id: 'R5',
    title: 'a reply that does not end; nobody says 421 inside it',
    dialogue: [client('STAT\r\n'), server(`211-x\r\n${'y\r\n'.repeat(10)}`)],
    expect: {
      toServer: ['STAT'],
      toClient: ['211-x', 'y', 'y', 'y', 'y'],
      verdicts: ['close reply.unterminated'],
      session: 'closed reply.unterminated',
    },
  },
  ended('R6', 'a command that drips', [client('NO'), { waits: 500 }], 'timeout.line', SHORT),
  ended(
    'R6',
    'a reply that drips',
    [client('NOOP\r\n'), server('200 '), { waits: 500 }],
    'timeout.line',
    { ...SHORT, before: { toServer: ['NOOP'] } },
  ),
  {
    id: 'R10',
    title: 'a flood of announcements that nobody uses',
    dialogue: [...FLOOD, client('PASV\r\n')],
    expect: {
      toServer: Array.from({ length: 21 }, () => 'PASV'),
      toClient: [...Array.from({ length: 21 }, () => PASSIVE_TOLD), '421 …'],
      verdicts: ['close limit.wasted-pinholes'],
      pinholes: Array.from({ length: 21 }, () => ['open', 'close replaced']).flat(),
      session: 'closed limit.wasted-pinholes',
    },
  },
  {
    id: 'R26',
    title: 'the third wrong password ends the session, where three are too many',
    after: 'greeting',
    limits: { loginFailures: 3 },
    dialogue: [...GUESS, ...GUESS, ...GUESS],
    expect: {
      toServer: ['USER u', 'PASS wrong', 'USER u', 'PASS wrong', 'USER u', 'PASS wrong'],
      toClient: ['331 p', '530 no', '331 p', '530 no', '331 p', '530 no', '421 …'],
      verdicts: ['close login.failures'],
      session: 'closed login.failures',
    },
  },
]
