/** Why a logged session was treated as it was: its records, each verdict in a sentence. */
import type { PacketLogRecord } from '../engine/session/record.ts'
import { REASONS, type Reason } from '../engine/session/reason.ts'
import { hintFor } from './hints.ts'

/** A record as the log has it. */
export type LoggedRecord = PacketLogRecord & { readonly time: string; readonly seq: number }

export interface Telling {
  readonly time: string
  readonly seq: number
  readonly kind: 'good' | 'bad' | 'note'
  readonly text: string
  readonly reason?: Reason
  readonly rule?: string
  /** What would have made it otherwise; only where something was refused or noted. */
  readonly otherwise?: string
}

/** Whether a record is about the session `id`; refused connections go by their client's endpoint. */
export function isAbout(record: PacketLogRecord, id: string): boolean {
  if (record.type === 'session.refused') return record.client === id
  return 'session' in record && record.session === id
}

/** In the order of the log; what needs no explanation is left out. */
export function tellSession(records: readonly LoggedRecord[]): readonly Telling[] {
  return records.flatMap((record) => {
    const told = tell(record)
    return told === undefined ? [] : [{ time: record.time, seq: record.seq, ...told }]
  })
}

type Told = Omit<Telling, 'time' | 'seq'>

function tell(record: LoggedRecord): Told | undefined {
  switch (record.type) {
    case 'session.open': {
      const { rule, profile, client, server, listener } = record
      return good(
        `The rule "${rule}" let ${client} in to ${server} at the listener "${listener}", with the profile "${profile}"`,
        rule,
      )
    }
    case 'session.refused':
      return refused(
        `${record.client} was turned away from ${record.server || 'any server'}`,
        record,
      )
    case 'data.refused':
      return refused(`A data connection from ${record.peer} to ${record.local} was dropped`, record)
    case 'verdict':
      return refused(subjectOf(record), record, record.verdict === 'note' ? 'note' : 'bad')
    case 'rewrite':
      return good(`The ${record.form} named ${record.before} and was sent on with ${record.after}`)
    case 'pinhole.open': {
      const { mode, peer, listening, dial, rule } = record
      const who = mode === 'passive' ? 'the client' : 'the server'
      return good(`${listening} was opened for ${who}, ${peer}, on the way to ${dial}`, rule)
    }
    case 'pinhole.close':
      return record.reason === 'expired'
        ? {
            ...note('Nobody came through the pinhole in time'),
            otherwise: hintFor('pinhole.expired'),
          }
        : undefined
    case 'channel.opaque':
      return note(`From here on nothing can be read (${record.mechanism})`)
    case 'channel.clear':
      return note(`From here on the ${record.side} can be read again`)
    case 'range.open':
      return good(`Nothing can be read, so ${openText(record)} while the session lives`)
    case 'range.close':
      return note(`The range was closed; ${record.connections} data connections came through it`)
    case 'data.open':
      return good(`A data connection went from ${record.from} to ${record.to}`)
    case 'session.close':
      return closing(record)
    default:
      return undefined
  }
}

function openText(record: Extract<LoggedRecord, { type: 'range.open' }>): string {
  const { peer, listening, active } = record
  const ways = [
    ...(listening === undefined ? [] : [`${peer} may connect to ${listening}`]),
    ...(active === undefined ? [] : [`the server from its port 20 to ${active}`]),
  ]
  return ways.join(', and ')
}

function closing({ reason }: Extract<LoggedRecord, { type: 'session.close' }>): Told {
  if (reason === 'quit') return note('The client said QUIT')
  if (reason === 'client-closed') return note('The client closed the connection')
  if (reason === 'server-closed') return note('The server closed the connection')
  return refused('The session was ended', { reason })
}

const WHAT_HAPPENED = {
  permit: 'was let through',
  deny: 'was refused',
  reject: 'was refused',
  replace: 'was replaced by a refusal',
  close: 'ended the session',
  'drop-data': 'was dropped',
  note: 'is worth a note',
} as const

function subjectOf(record: Extract<LoggedRecord, { type: 'verdict' }>): string {
  const { verdict, verb, argument, side, detail } = record
  const line = [verb, argument].filter((part) => part !== undefined).join(' ')
  const what =
    verdict === 'drop-data' ? 'A data connection' : line === '' ? `What the ${side} sent` : line
  const subject = verdict === 'replace' && line !== '' ? `The server's answer to ${line}` : what
  const more = detail === undefined ? '' : ` (${detail})`
  return `${subject}${more} ${WHAT_HAPPENED[verdict]}`
}

function refused(
  what: string,
  { reason, rule }: { readonly reason: Reason; readonly rule?: string },
  kind: Told['kind'] = 'bad',
): Told {
  return {
    kind,
    text: `${what}: ${REASONS[reason]}${rule === undefined ? '' : `, the rule "${rule}"`}`,
    reason,
    ...(rule === undefined ? {} : { rule }),
    otherwise: hintFor(reason),
  }
}

function good(text: string, rule?: string): Told {
  return { kind: 'good', text, ...(rule === undefined ? {} : { rule }) }
}

function note(text: string): Told {
  return { kind: 'note', text }
}
