/**
 * What a scripted server does otherwise than servers do, named after the switches of the server of
 * curl's own tests, so that its scenarios can be told in their words.
 */
import type {
  Answer,
  PacedAnswer,
  Script,
  ScriptedSession,
} from '../../../kernel/support/scripted-server.ts'

export interface Switches {
  readonly greeting?: Answer | PacedAnswer
  /** REPLY: what a verb is answered with, by verb. */
  readonly reply?: Readonly<Record<string, Answer | PacedAnswer | Script>>
  /** COUNT: how often REPLY is in force, by verb; afterwards the usual is said. Absent: always. */
  readonly count?: Readonly<Record<string, number>>
  /** DELAY: milliseconds before the answer to a verb. */
  readonly delayMs?: Readonly<Record<string, number>>
  /** SLOWDOWN: replies a few bytes at a time. */
  readonly slowdown?: boolean
  /** SLOWDOWNDATA: so does what a transfer brings. */
  readonly slowdownData?: boolean
  /** RETRWEIRDO: 150 and 226 in one piece; RETRNOSIZE: 150 does not say how many bytes there are. */
  readonly retrieve?: 'weird' | 'no size'
  /** PASVBADIP: 227 names this address. */
  readonly pasvAddress?: string
  /** NODATACONN: no data connection is made, and this is said instead of the end of the transfer. */
  readonly noDataConnection?: 'nothing' | 'only 150' | 421 | 425
  /** The reply when a transfer is over. */
  readonly transferEnds?: string
}

export const CONTENT = 'data\r\n    to\r\n      see\r\nthat FTP\r\nworks\r\n  so does it?\r\n'
const LISTING =
  'drwxrwxrwx  4 ftp  ftp    512 Oct 22 13:06 .\r\n' +
  '-r-xr-xr-x  1 ftp  ftp    125 Jan  1 12:00 chmod1\r\n' +
  'd-wx-wx-wx  2 ftp  ftp    512 Apr  1 12:00 bin\r\n'
/** A drip is slow enough that each part is a segment of its own, and no slower. */
const DRIP_MS = 4
const DRIP_CHARS = 3

/** A script with a state of its own: one for each session. */
export function scriptOf(switches: Switches): Script {
  const uses = new Map<string, number>()
  let restart = 0
  return (line, session) => {
    const [verb = '', ...words] = line.trim().split(' ')
    const name = verb.toUpperCase()
    const answer = answerTo(name, words.join(' '), line, session)
    return answer === undefined ? undefined : withPace(name, answer)
  }

  function answerTo(
    verb: string,
    argument: string,
    line: string,
    session: ScriptedSession,
  ): Answer | PacedAnswer | undefined {
    const used = (uses.get(verb) ?? 0) + 1
    uses.set(verb, used)
    const reply = switches.reply?.[verb]
    if (reply !== undefined && used <= (switches.count?.[verb] ?? Infinity))
      return typeof reply === 'function' ? reply(line, session) : reply
    if (verb === 'PASV' && switches.pasvAddress !== undefined) {
      const at = session.listen()
      const numbers = [...switches.pasvAddress.split('.'), at >> 8, at & 255].join(',')
      return `227 Entering Passive Mode (${numbers})\r\n`
    }
    if (verb === 'REST') restart = Number(argument)
    if (!TRANSFERS.has(verb)) return usualReply(verb)
    const content = Buffer.from(LISTINGS.has(verb) ? LISTING : CONTENT).subarray(restart)
    restart = 0
    return transferred(verb, content, session)
  }

  function transferred(verb: string, content: Buffer, session: ScriptedSession): Answer {
    const begin = `150 Here it comes${switches.retrieve === 'no size' ? '' : ` (${content.length} bytes)`}.\r\n`
    switch (switches.noDataConnection) {
      case undefined:
        break
      case 'nothing':
        return ''
      case 'only 150':
        return begin
      case 421:
        return [begin, '421 Connection timed out.\r\n']
      case 425:
        return [begin, '425 Can not open the data connection.\r\n']
    }
    if (UPLOADS.has(verb)) {
      void session.receive()
      return '150 Send it.\r\n'
    }
    const pieces = switches.slowdownData === true ? drip(content.toString('latin1')) : [content]
    const buffers = pieces.map((piece) => Buffer.from(piece))
    const pauseMs = switches.slowdownData === true ? DRIP_MS : 0
    if (switches.retrieve === 'weird') {
      void session.transfer(buffers, '', pauseMs)
      return `${begin}226 Transfer complete.\r\n`
    }
    void session.transfer(buffers, switches.transferEnds ?? '226 Transfer complete.\r\n', pauseMs)
    return begin
  }

  function withPace(name: string, answer: Answer | PacedAnswer): Answer | PacedAnswer {
    const delayMs = switches.delayMs?.[name] ?? 0
    // What begins a transfer is not: its end would come in the middle of it.
    if (switches.slowdown === true && typeof answer === 'string' && !TRANSFERS.has(name))
      return { pieces: drip(answer), pauseMs: DRIP_MS, delayMs }
    if (delayMs === 0) return answer
    const pieces = typeof answer === 'string' ? [answer] : answer
    return 'pieces' in pieces ? { ...pieces, delayMs } : { pieces, pauseMs: DRIP_MS, delayMs }
  }
}

const UPLOADS: ReadonlySet<string> = new Set(['STOR', 'APPE', 'STOU'])
const LISTINGS: ReadonlySet<string> = new Set(['LIST', 'NLST', 'MLSD'])
const TRANSFERS: ReadonlySet<string> = new Set(['RETR', ...UPLOADS, ...LISTINGS])

/** `undefined`: what the scripted server says by itself. */
function usualReply(verb: string): Answer | undefined {
  switch (verb) {
    case 'PWD':
      return '257 "/" is the current directory\r\n'
    case 'CWD':
      return '250 CWD command successful.\r\n'
    case 'SYST':
      return '215 UNIX Type: L8\r\n'
    case 'SIZE':
      return `213 ${CONTENT.length}\r\n`
    case 'MDTM':
      return '213 20300102030405\r\n'
    case 'REST':
      return '350 Restarting.\r\n'
    case 'MKD':
      return '257 made\r\n'
    case 'DELE':
      return '250 gone\r\n'
    default:
      return undefined
  }
}

function drip(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${DRIP_CHARS}}`, 'g')) ?? []
}
