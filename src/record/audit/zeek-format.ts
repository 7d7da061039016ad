/**
 * Commands with their replies, a line each, as Zeek's `ftp.log` has them: tab-separated, with the
 * header that Zeek's own tools read. The conversation is the one between the client and Portcullis,
 * so a data channel has the endpoints that the client was told. docs/audit.md has the table.
 */
import { type Endpoint, parseEndpoint } from '../../net/endpoint.ts'
import type { LogEntry, LoggedRecord } from './log-entry.ts'
import type { RecordFormat } from './record-format.ts'
import { sessionsOverAt } from './run-start.ts'
import type { EntryContext } from './session-tracker.ts'

type RecordOf<T extends LoggedRecord['type']> = Extract<LoggedRecord, { type: T }>

const FIELDS: readonly (readonly [string, string])[] = [
  ['ts', 'time'],
  ['uid', 'string'],
  ['id.orig_h', 'addr'],
  ['id.orig_p', 'port'],
  ['id.resp_h', 'addr'],
  ['id.resp_p', 'port'],
  ['user', 'string'],
  ['password', 'string'],
  ['command', 'string'],
  ['arg', 'string'],
  ['mime_type', 'string'],
  ['file_size', 'count'],
  ['reply_code', 'count'],
  ['reply_msg', 'string'],
  ['data_channel.passive', 'bool'],
  ['data_channel.orig_h', 'addr'],
  ['data_channel.resp_h', 'addr'],
  ['data_channel.resp_p', 'port'],
  ['fuid', 'string'],
]

const UNSET = '-'
const EMPTY = '(empty)'
/** What Zeek says for a user that it has not seen. */
const UNKNOWN_USER = '<unknown>'

/** Commands that announce an endpoint, whose answer Zeek shows as a data channel. */
const SET_UPS: ReadonlySet<string> = new Set(['PASV', 'EPSV', 'PORT', 'EPRT'])

/** What is of use even where it is not asked for. */
const LEARNT: ReadonlySet<string> = new Set(['pinhole.open', 'session.close', 'log.start'])

/** A session in a log that lacks its end is forgotten when so many are younger. */
const SESSIONS_MAX = 50_000
/** More commands without a reply than a client may pipeline. */
const PENDING_MAX = 64

interface Conversation {
  readonly pending: { readonly command: RecordOf<'control.command'>; readonly user: string }[]
  channel: readonly string[]
}

const NO_CHANNEL: readonly string[] = [UNSET, UNSET, UNSET, UNSET]

export class ZeekFormat implements RecordFormat {
  readonly needsSessions = true
  readonly #sessions = new Map<string, Conversation>()

  header(): string {
    return [
      '#separator \\x09',
      '#set_separator\t,',
      `#empty_field\t${EMPTY}`,
      `#unset_field\t${UNSET}`,
      '#path\tftp',
      `#fields\t${FIELDS.map(([name]) => name).join('\t')}`,
      `#types\t${FIELDS.map(([, type]) => type).join('\t')}`,
      '',
    ].join('\n')
  }

  format(entry: LogEntry, context: EntryContext): string {
    return this.#follow(entry, context.user)
  }

  /** A set-up that the filter leaves out still says which data channel a transfer has. */
  pass(entry: LogEntry): void {
    if (LEARNT.has(entry.type)) this.#follow(entry, undefined)
  }

  footer(): string {
    return ''
  }

  #follow(entry: LogEntry, user: string | undefined): string {
    const { record } = entry
    const isOver = sessionsOverAt(entry)
    if (isOver !== undefined)
      for (const session of this.#sessions.keys())
        if (isOver(session)) this.#sessions.delete(session)
    switch (record?.type) {
      case 'control.command': {
        const { pending } = this.#of(record.session)
        if (pending.length >= PENDING_MAX) pending.shift()
        pending.push({ command: record, user: record.verb === 'USER' ? '' : (user ?? '') })
        return ''
      }
      case 'pinhole.open':
        this.#of(record.session).channel = channelOf(record)
        return ''
      case 'control.reply':
        return this.#replied(record, user)
      case 'session.close': {
        const rest = this.#sessions.get(record.session)?.pending ?? []
        this.#sessions.delete(record.session)
        return rest
          .map(({ command, user: of }) => lineOf(command, of, undefined, NO_CHANNEL))
          .join('')
      }
      default:
        return ''
    }
  }

  /** A preliminary reply (1xx) is followed by the one that counts. */
  #replied(record: RecordOf<'control.reply'>, user: string | undefined): string {
    const conversation = this.#sessions.get(record.session)
    if (conversation === undefined || record.code < 200) return ''
    const index = conversation.pending.findIndex(({ command }) => command.verb === record.verb)
    if (index === -1) return ''
    const [answered] = conversation.pending.splice(index, 1)
    if (answered === undefined) return ''
    const { command } = answered
    const isSetUp = SET_UPS.has(command.verb) && record.code < 300
    const channel = isSetUp ? conversation.channel : NO_CHANNEL
    return lineOf(command, user ?? answered.user, record, channel)
  }

  #of(session: string): Conversation {
    const known = this.#sessions.get(session)
    if (known !== undefined) return known
    const conversation: Conversation = { pending: [], channel: NO_CHANNEL }
    if (this.#sessions.size >= SESSIONS_MAX)
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest)
        break
      }
    this.#sessions.set(session, conversation)
    return conversation
  }
}

function lineOf(
  command: RecordOf<'control.command'>,
  user: string,
  reply: RecordOf<'control.reply'> | undefined,
  channel: readonly string[],
): string {
  const attempted = command.verb === 'USER' ? command.argument : undefined
  return `${[
    (Date.parse(command.time) / 1000).toFixed(6),
    command.session,
    ...endpointOf(parseEndpoint(command.client)),
    ...endpointOf(parseEndpoint(command.server)),
    textValue(user === '' ? (attempted ?? UNKNOWN_USER) : user),
    UNSET,
    textValue(command.verb),
    textValue(command.argument),
    UNSET,
    UNSET,
    reply === undefined ? UNSET : String(reply.code),
    textValue(reply?.text),
    ...channel,
    UNSET,
  ].join('\t')}\n`
}

/** Who connects, and to where, on the client's side of Portcullis. */
function channelOf(record: RecordOf<'pinhole.open'>): readonly string[] {
  const isPassive = record.mode === 'passive'
  const told = parseEndpoint(isPassive ? record.listening : record.dial)
  return [isPassive ? 'T' : 'F', record.peer, ...endpointOf(told)]
}

function endpointOf(endpoint: Endpoint | undefined): readonly [string, string] {
  return endpoint === undefined ? [UNSET, UNSET] : [endpoint.address, String(endpoint.port)]
}

/** Recorded text is escaped as Zeek escapes: `\xNN`, and `\\`. What means "nothing" is escaped too. */
function textValue(text: string | undefined): string {
  if (text === undefined) return UNSET
  if (text === '') return EMPTY
  if (text === UNSET || text === EMPTY)
    return `\\x${text.charCodeAt(0).toString(16)}${text.slice(1)}`
  // Only a log that was tampered with holds these.
  return text.replace(/[\t\r\n]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
