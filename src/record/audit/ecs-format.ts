/**
 * Records under the names of the Elastic Common Schema, one JSON object a line. docs/audit.md has
 * the table. What the schema has no name for is kept, as it is, under `portcullis`.
 */
import { parseEndpoint } from '../../net/endpoint.ts'
import { ipFamily } from '../../net/ip.ts'
import { isRefusal, pathOf } from './entry-facts.ts'
import { type LogEntry, numberOf, textOf } from './log-entry.ts'
import type { RecordFormat } from './record-format.ts'
import type { Fields } from './record-shape.ts'
import type { EntryContext } from './session-tracker.ts'

const ECS_VERSION = '8.11.0'

/** Nanoseconds, as `event.duration` counts. */
const NANOSECONDS_PER_MILLISECOND = 1_000_000

/** Fields that have got another name, or that are about the log alone. */
const RENAMED: ReadonlySet<string> = new Set(
  'time seq type session client server rule reason durationMs previous hash path'.split(' '),
)

const STARTS: ReadonlySet<string> = new Set(['session.open', 'data.open', 'pinhole.open'])
const ENDS: ReadonlySet<string> = new Set(['session.close', 'data.close', 'pinhole.close'])
const LOGIN_VERBS: ReadonlySet<string> = new Set(['USER', 'PASS', 'ACCT'])

export class EcsFormat implements RecordFormat {
  readonly needsSessions = true

  header(): string {
    return ''
  }

  format(entry: LogEntry, context: EntryContext): string {
    return `${JSON.stringify(ecsOf(entry, context))}\n`
  }

  footer(): string {
    return ''
  }
}

/** `undefined` fields are left out when this becomes JSON. */
export function ecsOf(entry: LogEntry, context: EntryContext): Fields {
  const client = textOf(entry, 'client')
  const path = pathOf(entry)
  return {
    '@timestamp': entry.time,
    ecs: { version: ECS_VERSION },
    event: eventOf(entry, context),
    observer: { vendor: 'Portcullis', product: 'Portcullis', type: 'firewall' },
    ...(client === undefined ? {} : partiesOf(entry, client)),
    user: context.user === undefined ? undefined : { name: context.user },
    rule: context.rule === undefined ? undefined : { name: context.rule },
    file: path === undefined || path === '' ? undefined : { path },
    tls: tlsOf(entry),
    portcullis: {
      session: entry.session,
      opaque: context.isOpaque,
      ...Object.fromEntries(Object.entries(entry.fields).filter(([field]) => !RENAMED.has(field))),
    },
  }
}

function eventOf(entry: LogEntry, context: EntryContext): Fields {
  const durationMs = numberOf(entry, 'durationMs')
  return {
    kind: 'event',
    module: 'portcullis',
    dataset: 'portcullis.packet-log',
    sequence: entry.seq,
    action: actionOf(entry, context),
    category: categoriesOf(entry, context),
    type: typesOf(entry, context),
    outcome: outcomeOf(entry, context),
    reason: textOf(entry, 'reason'),
    duration: durationMs === undefined ? undefined : durationMs * NANOSECONDS_PER_MILLISECOND,
  }
}

/** The reply that refuses a login; one that asks for more is none. */
function isLoginFailure(entry: LogEntry): boolean {
  return (
    entry.type === 'control.reply' &&
    LOGIN_VERBS.has(textOf(entry, 'verb') ?? '') &&
    (numberOf(entry, 'code') ?? 0) >= 500
  )
}

function actionOf(entry: LogEntry, { isLogin }: EntryContext): string {
  return isLogin || isLoginFailure(entry) ? 'login' : entry.type
}

function categoriesOf(entry: LogEntry, { isLogin }: EntryContext): readonly string[] {
  if (entry.type.startsWith('log.')) return ['process']
  if (isLogin || isLoginFailure(entry)) return ['authentication', 'network']
  return entry.type === 'session.open' || entry.type === 'session.close'
    ? ['network', 'session']
    : ['network']
}

function typesOf(entry: LogEntry, { isLogin }: EntryContext): readonly string[] {
  const { type } = entry
  if (type === 'log.start') return ['start']
  if (type === 'log.stop') return ['end']
  if (type === 'log.lost') return ['info']
  if (isLogin || isLoginFailure(entry)) return ['start']
  if (isRefusal(entry)) return type === 'verdict' ? ['denied'] : ['connection', 'denied']
  if (STARTS.has(type)) return ['connection', 'start', 'allowed']
  if (ENDS.has(type)) return ['connection', 'end']
  return type === 'verdict' ? ['info'] : ['protocol']
}

function outcomeOf(entry: LogEntry, { isLogin }: EntryContext): string {
  if (isLogin || STARTS.has(entry.type)) return 'success'
  if (isRefusal(entry) || isLoginFailure(entry)) return 'failure'
  const code = numberOf(entry, 'code')
  if (code !== undefined) return code >= 400 ? 'failure' : 'success'
  if (entry.type === 'data.close') return textOf(entry, 'cause') === 'end' ? 'success' : 'failure'
  return 'unknown'
}

/** What a party sent is what the other one got. */
function partiesOf(entry: LogEntry, client: string): Fields {
  const toClient = numberOf(entry, 'toClientBytes')
  const toServer = numberOf(entry, 'toServerBytes')
  const from = partyOf(client, toServer)
  const to = partyOf(textOf(entry, 'server') ?? '', toClient)
  const address = parseEndpoint(client)?.address
  return {
    source: from,
    destination: to,
    client: from,
    server: to,
    network: {
      transport: 'tcp',
      protocol: 'ftp',
      type: address === undefined ? undefined : `ipv${ipFamily(address)}`,
      bytes: toClient === undefined || toServer === undefined ? undefined : toClient + toServer,
    },
  }
}

function partyOf(text: string, bytes: number | undefined): Fields | undefined {
  if (text === '') return undefined
  const parsed = parseEndpoint(text)
  return parsed === undefined
    ? { address: text, bytes }
    : { address: parsed.address, ip: parsed.address, port: parsed.port, bytes }
}

function tlsOf({ record }: LogEntry): Fields | undefined {
  switch (record?.type) {
    case 'channel.opaque':
      return {
        established: true,
        version: record.version?.replace(/^TLS /, ''),
        version_protocol: record.version === undefined ? undefined : 'tls',
        cipher: record.cipher,
        resumed: record.resumed,
      }
    case 'tls.hello':
      return record.side === 'client'
        ? { client: { server_name: record.serverName, supported_ciphers: record.ciphers } }
        : { cipher: record.ciphers[0], next_protocol: record.alpn?.[0] }
    case 'tls.certificate':
      return {
        [record.side]: {
          subject: record.subject,
          issuer: record.issuer,
          not_before: record.notBefore,
          not_after: record.notAfter,
          hash:
            record.fingerprint === undefined
              ? undefined
              : { sha256: record.fingerprint.replaceAll(':', '') },
        },
      }
    default:
      return undefined
  }
}
