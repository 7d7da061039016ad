/** A record in one line, for tables: what happened, and what kind of thing that is. */
import { REASONS } from '../../engine/session/reason.ts'
import { captureWords } from '../ladder-capture.ts'
import type { LadderInk } from '../ladder-row.ts'
import { opaqueTexts } from '../ladder-security.ts'
import { bytesText, commandText, count, refusalOf, seconds, verdictText } from '../ladder-text.ts'
import { type LogEntry, type LoggedRecord, textOf } from './log-entry.ts'

export interface Described {
  readonly ink: LadderInk
  readonly text: string
  /** The reason of the record, which `text` names as well. */
  readonly code?: string
}

/** Fields that a table shows in columns of their own, or that only a program wants. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  'time seq type session client server previous hash'.split(' '),
)

export function describeEntry(entry: LogEntry): Described {
  const described =
    entry.record === undefined ? describeForeign(entry) : describeRecord(entry.record)
  return { ...described, ...codeOf(entry) }
}

/** A record of a capture, or of another version. */
function describeForeign(entry: LogEntry): Described {
  const words = captureWords(entry.fields)
  const text =
    words === undefined
      ? describeFields(entry)
      : [words.text, words.extra].filter(isText).join(' · ')
  return { ink: 'quiet', text }
}

function codeOf(entry: LogEntry): { readonly code?: string } {
  const code = textOf(entry, 'reason')
  return code === undefined ? {} : { code }
}

/** All fields of a record of another version, as they stand. */
export function describeFields(entry: LogEntry): string {
  return Object.entries(entry.fields)
    .filter(([field]) => !ELSEWHERE.has(field))
    .map(
      ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(' ')
}

function describeRecord(record: LoggedRecord): Described {
  switch (record.type) {
    case 'log.start':
      return {
        ink: 'title',
        text: `portcullis ${record.version}${record.worker === undefined ? '' : ` · worker ${record.worker}`} · rules ${record.rules}`,
      }
    case 'log.stop':
      return { ink: 'title', text: 'in good order' }
    case 'log.lost':
      return { ink: 'refusal', text: count(record.records, 'record') }
    case 'session.open':
      return {
        ink: 'title',
        text: `listener ${record.listener} · rule ${record.rule} · at ${record.local}`,
      }
    case 'session.close':
      return { ink: 'title', text: closeText(record) }
    case 'session.refused':
    case 'data.refused':
      return { ink: 'refusal', text: refusalOf(record) }
    case 'verdict':
      return {
        ink: record.verdict === 'note' || record.verdict === 'permit' ? 'quiet' : 'refusal',
        text: [record.verb, record.argument, verdictText(record)].filter(isText).join(' '),
      }
    default:
      return describeConversation(record)
  }
}

type Rest = Exclude<
  LoggedRecord,
  {
    type: `log.${string}` | `session.${string}` | 'data.refused' | 'verdict'
  }
>

function describeConversation(record: Rest): Described {
  switch (record.type) {
    case 'control.command':
      return { ink: 'command', text: commandText(record) }
    case 'control.reply': {
      const lines = record.lines > 1 ? ` (${record.lines} lines)` : ''
      const from = record.local === true ? ' (from portcullis)' : ''
      return {
        ink: record.code >= 400 ? 'refusal' : 'reply',
        text: `${record.code} ${record.text}${lines}${from}`,
      }
    }
    case 'rewrite': {
      const as = record.as === undefined ? '' : ` as ${record.as}`
      return { ink: 'rewrite', text: `${record.form} ${record.before} → ${record.after}${as}` }
    }
    case 'channel.opaque': {
      const { title, below } = opaqueTexts(record)
      return { ink: 'security', text: `${below} · ${title}` }
    }
    case 'channel.clear':
      return { ink: 'security', text: `${record.side} is in clear again` }
    case 'tls.hello':
    case 'tls.certificate':
    case 'tls.alert':
      return { ink: 'security', text: tlsText(record) }
    case 'range.open':
      return {
        ink: 'pinhole',
        text: `${nameOf(record.range)} ${rangeText(record)}`,
      }
    case 'range.close':
      return {
        ink: 'pinhole',
        text: `${nameOf(record.range)} ${count(record.connections, 'connection')}`,
      }
    default:
      return describeData(record)
  }
}

/** The passive part, the active part, or both. */
function rangeText(record: Extract<Rest, { type: 'range.open' }>): string {
  const { listening, dial, active, peer, server } = record
  const passive = listening === undefined ? [] : [`${listening} → ${dial ?? server}, only ${peer}`]
  const back = active === undefined ? [] : [`the server, from port 20 → ${active}`]
  return [...passive, ...back].join('; ')
}

type OfData = Extract<Rest, { type: `pinhole.${string}` | `data.${string}` }>

function describeData(record: OfData): Described {
  const name = nameOf(record.pinhole)
  switch (record.type) {
    case 'pinhole.open':
      return {
        ink: 'pinhole',
        text: `${name} ${record.listening} → ${record.dial}, only ${record.peer}, rule ${record.rule}`,
      }
    case 'pinhole.use':
      return { ink: 'pinhole', text: `${name} by ${record.peer}` }
    case 'pinhole.close':
      return { ink: 'pinhole', text: `${name} ${record.reason}` }
    case 'data.open':
      return {
        ink: 'data',
        text: [name, record.verb, record.path, `${record.from} → ${record.to}`]
          .filter(isText)
          .join(' '),
      }
    case 'data.close': {
      const { toClientBytes, toServerBytes } = record
      const bytes = [
        ...(toClientBytes > 0 || toServerBytes === 0
          ? [`${bytesText(toClientBytes)} to client`]
          : []),
        ...(toServerBytes > 0 ? [`${bytesText(toServerBytes)} to server`] : []),
      ].join(', ')
      const what = [name, record.verb, record.path].filter(isText).join(' ')
      const cause = record.cause === 'end' ? '' : `, ended: ${record.cause}`
      return {
        ink: record.cause === 'end' ? 'data' : 'refusal',
        text: `${what}: ${bytes}, ${seconds(record.durationMs)}${cause}`,
      }
    }
  }
}

function tlsText(
  record: Extract<Rest, { type: 'tls.hello' | 'tls.certificate' | 'tls.alert' }>,
): string {
  switch (record.type) {
    case 'tls.hello':
      return [
        `${record.side} ${record.versions.join('/')}`,
        record.side === 'server' || record.ciphers.length === 1
          ? record.ciphers.join()
          : `${record.ciphers.length} ciphers`,
        record.serverName === undefined ? undefined : `for ${record.serverName}`,
        record.alpn === undefined ? undefined : `ALPN ${record.alpn.join('/')}`,
      ]
        .filter(isText)
        .join(' · ')
    case 'tls.certificate':
      return `${record.side} ${record.subject ?? record.problem ?? ''}`
    case 'tls.alert':
      return `${record.side} ${record.level} ${record.name}`
  }
}

function closeText(record: Extract<LoggedRecord, { type: 'session.close' }>): string {
  const { reason, toClientBytes, toServerBytes } = record
  const why = Object.hasOwn(REASONS, reason) ? `[${reason}]` : reason
  return [
    why,
    seconds(record.durationMs),
    count(record.commands, 'command'),
    count(record.transfers, 'transfer'),
    bytesText(toClientBytes + toServerBytes),
    ...(record.refusals > 0 ? [count(record.refusals, 'refusal')] : []),
  ].join(' · ')
}

/** `p1` of `session/p1`. */
export function nameOf(pinhole: string): string {
  return pinhole.slice(pinhole.lastIndexOf('/') + 1)
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}
