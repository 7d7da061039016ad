/** Replies that clients read in different ways, or should not read at all. */
import type { Ip } from '../../../src/net/ip.ts'
import type { Answer, PacedAnswer, ScriptedSession } from '../../kernel/support/scripted-server.ts'
import type { Announcement } from '../../support/peers/client.ts'
import type { Switches } from '../../support/peers/scripted/switches.ts'

export interface ReplyRow {
  readonly title: string
  readonly announcement: Announcement
  /** `stranger` is an address that is neither the server's nor the proxy's; it listens everywhere. */
  readonly switches: (stranger: Ip) => Switches
  /** The file must arrive through the proxy, with each client with which it arrives directly. */
  readonly isSound?: boolean
}

/** A 227 or 229: `own` is the six numbers or the port where the server listens. */
type Spoken = (own: string, stranger: string, session: ScriptedSession) => Answer | PacedAnswer

/** The stranger's six numbers have the port of the server's listener, where anybody gets an answer. */
function pasv(title: string, spoken: Spoken, rest: Partial<ReplyRow> = {}): ReplyRow {
  return {
    title,
    announcement: 'PASV',
    switches: (stranger) => ({
      reply: {
        PASV: (_, session) => {
          const at = session.listen()
          return spoken(session.numbers(at), session.numbers(at, stranger), session)
        },
      },
    }),
    ...rest,
  }
}

function epsv(title: string, spoken: Spoken, rest: Partial<ReplyRow> = {}): ReplyRow {
  return {
    title,
    announcement: 'EPSV',
    switches: (stranger) => ({
      reply: { EPSV: (_, session) => spoken(`${session.listen()}`, stranger, session) },
    }),
    ...rest,
  }
}

/** Everything is said as usual but for the reply to one verb. */
function other(
  title: string,
  announcement: Announcement,
  switches: (stranger: Ip) => Switches,
  rest: Partial<ReplyRow> = {},
): ReplyRow {
  return { title, announcement, switches, ...rest }
}

const SOUND = { isSound: true }
const ENTERING = 'Entering Passive Mode'
const LONG = 'x'.repeat(6_000)

function dashed(stranger: Ip): string {
  return `${stranger.replaceAll('.', ',')},200,1`
}

export const REPLY_ROWS: readonly ReplyRow[] = [
  pasv('227 as usual', (own) => `227 ${ENTERING} (${own}).\r\n`, SOUND),
  pasv('227 without parentheses', (own) => `227 ${ENTERING} ${own}\r\n`, SOUND),
  pasv('227 with =', (own) => `227 ${ENTERING} =${own}\r\n`),
  pasv('227 with a digit in the text', (own) => `227 Mode 2 entered (${own})\r\n`),
  pasv(
    '227 in two segments, cut within the numbers',
    (own) => {
      const text = `227 ${ENTERING} (${own})\r\n`
      return [text.slice(0, 32), text.slice(32)]
    },
    SOUND,
  ),
  pasv(
    '227 a second late',
    (own) => ({
      pieces: [`227 ${ENTERING} (${own})\r\n`],
      pauseMs: 0,
      delayMs: 1_000,
    }),
    SOUND,
  ),
  pasv('227 of two lines', (own) => `227-${ENTERING}\r\n227 (${own})\r\n`),
  pasv('227 of two lines, a stranger in the first', (own, stranger) => {
    return `227-${ENTERING} (${stranger})\r\n227 ${ENTERING} (${own})\r\n`
  }),
  pasv('227 of two lines, a stranger in the last', (own, stranger) => {
    return `227-${ENTERING} (${own})\r\n227 ${ENTERING} (${stranger})\r\n`
  }),
  pasv('227 with an indented 227 of a stranger inside', (own, stranger) => {
    return `227-hello\r\n 227 ${ENTERING} (${stranger})\r\n227 ${ENTERING} (${own})\r\n`
  }),
  pasv('227 of a stranger', (_, stranger) => `227 ${ENTERING} (${stranger})\r\n`),
  pasv('227 of a stranger, then of the server', (own, stranger) => {
    return `227 ${stranger} (${own})\r\n`
  }),
  pasv('227 of the server, then of a stranger', (own, stranger) => {
    return `227 ${own} (${stranger})\r\n`
  }),
  pasv('227 twice in one segment, the second of a stranger', (own, stranger) => {
    return `227 ${ENTERING} (${own})\r\n227 ${ENTERING} (${stranger})\r\n`
  }),
  pasv('227 with leading zeros', (own) => `227 ${ENTERING} (0${own.replaceAll(',', ',0')})\r\n`),
  pasv('227 with spaces between the numbers', (own) => {
    return `227 ${ENTERING} (${own.replaceAll(',', ', ')})\r\n`
  }),
  pasv('227 with a host number above 255', (own) => {
    return `227 ${ENTERING} (383${own.slice(3)})\r\n`
  }),
  pasv('227 with a port number above 255', (own) => {
    const [a, b, c, d, high, low] = own.split(',')
    return `227 ${ENTERING} (${a},${b},${c},${d},${Number(high) + 256},${low})\r\n`
  }),
  pasv('227 with a negative number', (own) => `227 ${ENTERING} (-${own})\r\n`),
  pasv('227 with a seventh number', (own) => `227 ${ENTERING} (${own},1)\r\n`),
  pasv('227 with five numbers', () => `227 ${ENTERING} (127,0,0,1,200)\r\n`),
  pasv('227 with no number', () => `227 ${ENTERING}\r\n`),
  pasv('227 with port 0', (own) => `227 ${ENTERING} (${own.replace(/,\d+,\d+$/, ',0,0')})\r\n`),
  pasv('227 with port 22', (own) => `227 ${ENTERING} (${own.replace(/,\d+,\d+$/, ',0,22')})\r\n`),
  pasv('227 of 0.0.0.0', (own) => {
    return `227 ${ENTERING} (0,0,0,0,${own.split(',').slice(4).join(',')})\r\n`
  }),
  pasv('227 that ends in LF', (own) => `227 ${ENTERING} (${own})\n`),
  pasv('227 of a stranger that a CR ends, then of the server', (own, stranger) => {
    return `227 (${stranger})\r227 (${own})\r\n`
  }),
  pasv('227 with NUL before the numbers', (own) => `227 ${ENTERING} \0(${own})\r\n`),
  pasv('227 with Telnet bytes', (own) => `227 ${ENTERING} \xff\xfd\x01(${own})\r\n`),
  pasv(
    '227 with bytes that are no ASCII',
    (own) => `227 Passiver Modus f\xfcr (${own})\r\n`,
    SOUND,
  ),
  pasv('227 with 6,000 bytes before the numbers', (own) => `227 ${LONG} (${own})\r\n`),
  pasv('229 to PASV', (_, _stranger, session) => `229 ${ENTERING} (|||${session.listen()}|)\r\n`),
  pasv('150, then 227', (own) => `150 wait\r\n227 ${ENTERING} (${own})\r\n`),
  pasv('200 with the text of a 227', (own) => `200 ${ENTERING} (${own})\r\n`),
  pasv('421, and the end', () => ({ pieces: ['421 enough\r\n'], pauseMs: 0, hangsUp: true })),
  pasv('nothing, and the end', () => ({ pieces: [''], pauseMs: 0, hangsUp: true })),
  other('227 of a stranger unasked, with the reply to TYPE', 'PASV', (stranger) => ({
    reply: { TYPE: `200 ok\r\n227 ${ENTERING} (${dashed(stranger)})\r\n` },
  })),
  other('227 of a stranger instead of the greeting', 'PASV', (stranger) => ({
    greeting: `227 ${ENTERING} (${dashed(stranger)})\r\n`,
  })),
  other('227 of a stranger inside the greeting', 'PASV', (stranger) => ({
    greeting: `220-welcome\r\n227 ${ENTERING} (${dashed(stranger)})\r\n220 ready\r\n`,
  })),
  epsv('229 as usual', (own) => `229 Extended Passive Mode (|||${own}|)\r\n`, SOUND),
  epsv('229 with !', (own) => `229 Extended Passive Mode (!!!${own}!)\r\n`),
  epsv('229 with the address of a stranger', (own, stranger) => {
    return `229 Extended Passive Mode (|1|${stranger}|${own}|)\r\n`
  }),
  epsv('229 without parentheses', (own) => `229 Extended Passive Mode |||${own}|\r\n`),
  epsv('229 without the last delimiter', (own) => `229 Extended Passive Mode (|||${own})\r\n`),
  epsv('229 with parentheses in the text', (own) => `229 Mode (extended) (|||${own}|)\r\n`),
  epsv('229 twice in one line', (own) => `229 (|||1${own.slice(1)}|) (|||${own}|)\r\n`),
  epsv('229 with a port above 65535', (own) => `229 (|||${Number(own) + 65_536}|)\r\n`),
  epsv('229 with port 22', () => '229 (|||22|)\r\n'),
  epsv('229 with a sign', (own) => `229 (|||+${own}|)\r\n`),
  epsv('229 with a space', (own) => `229 (||| ${own}|)\r\n`),
  epsv('229 with NUL in the port', (own) => `229 (|||${own}\0|)\r\n`),
  epsv('229 of two lines', (own) => `229-${ENTERING}\r\n229 (|||${own}|)\r\n`),
  epsv('227 of a stranger to EPSV', (own, stranger) => {
    const at = Number(own)
    return `227 ${ENTERING} (${stranger.replaceAll('.', ',')},${at >> 8},${at & 255})\r\n`
  }),
  other('EPSV refused, then 227 of a stranger', 'EPSV', (stranger) => ({
    reply: {
      EPSV: '500 no\r\n',
      PASV: (_, session) => `227 (${session.numbers(session.listen(), stranger)})\r\n`,
    },
  })),
  other('226 before 150', 'PASV', () => ({
    reply: {
      RETR: (_, session) => {
        void session.transfer([Buffer.from('data\r\n')], '')
        return '226 done\r\n150 here it comes\r\n'
      },
    },
  })),
  other(
    '150 and 226 in one segment, before the data',
    'PASV',
    () => ({ retrieve: 'weird' }),
    SOUND,
  ),
  other('226 twice', 'PASV', () => ({ transferEnds: '226 done\r\n226 done\r\n' })),
  other('150 alone, and no data', 'PASV', () => ({ noDataConnection: 'only 150' })),
  other('421 when the transfer begins', 'PASV', () => ({ noDataConnection: 421 })),
  other('425 when the transfer begins', 'PASV', () => ({ noDataConnection: 425 })),
  other('200 to PORT as usual', 'PORT', () => ({}), SOUND),
  other('PORT accepted with a 227 of a stranger behind it', 'PORT', (stranger) => ({
    reply: { PORT: `200 ok\r\n227 ${ENTERING} (${dashed(stranger)})\r\n` },
  })),
]
