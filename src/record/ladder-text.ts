/** Sentences of the ladder: sessions, verdicts, refusals. */
import { formatExtendedAddress } from '../engine/ftp/extended-address.ts'
import { formatHostPort } from '../engine/ftp/host-port.ts'
import type { PacketLogRecord, RecordedVerdict } from '../engine/session/record.ts'
import { REASONS } from '../engine/session/reason.ts'
import { parseEndpoint } from '../net/endpoint.ts'
import { unreachable } from '../net/unreachable.ts'

type RecordOf<Type extends PacketLogRecord['type']> = Extract<PacketLogRecord, { type: Type }>

/** Verbs whose argument is a secret, so that its absence is worth a word. */
const SECRET_VERBS: ReadonlySet<string> = new Set(['PASS', 'ACCT', 'ADAT'])

const OUTCOMES: Readonly<Record<RecordedVerdict, string>> = {
  permit: 'permitted',
  deny: 'denied',
  reject: 'refused',
  replace: 'replaced',
  close: 'session closed',
  'drop-data': 'data connection dropped',
  note: 'noted',
}

export function commandText(record: RecordOf<'control.command'>): string {
  if (SECRET_VERBS.has(record.verb)) return `${record.verb} (never recorded)`
  return record.argument === undefined ? record.verb : `${record.verb} ${record.argument}`
}

/** What the line said, as far as it counts: the verb or code, and the address. */
export function announcement(form: RecordOf<'rewrite'>['form'], endpointText: string): string {
  const announced = parseEndpoint(endpointText)
  if (announced === undefined) return `${form} ${endpointText}`
  switch (form) {
    case 'PORT':
      return `PORT ${formatHostPort(announced.address, announced.port)}`
    case '227':
      return `227 (${formatHostPort(announced.address, announced.port)})`
    case 'EPRT':
      return `EPRT ${formatExtendedAddress(announced)}`
    case '229':
      return `229 (|||${announced.port}|)`
    default:
      return unreachable(form)
  }
}

/** How a session ended, and what it came to. */
export function closeTexts(record: RecordOf<'session.close'>): { title: string; totals: string } {
  const { toClientBytes, toServerBytes } = record
  const totals = [
    seconds(record.durationMs),
    count(record.commands, 'command'),
    count(record.transfers, 'transfer'),
    ...(toClientBytes > 0 ? [`${bytesText(toClientBytes)} to the client`] : []),
    ...(toServerBytes > 0 ? [`${bytesText(toServerBytes)} to the server`] : []),
    count(record.refusals, 'refusal'),
  ]
  return {
    title: `session ${record.session} ends: ${endingText(record.reason)}`,
    totals: totals.join(' · '),
  }
}

/** What was decided, why, by which rule, and what it was about. */
export function verdictText(record: RecordOf<'verdict'>): string {
  const rule = record.rule === undefined ? '' : `, rule ${record.rule}`
  const detail = record.detail === undefined ? '' : ` (${record.detail})`
  return `${OUTCOMES[record.verdict]}: ${reasonText(record.reason)}${detail}${rule}`
}

export function refusalOf(record: RecordOf<'session.refused' | 'data.refused'>): string {
  if (record.type === 'session.refused') {
    const rule = record.rule === undefined ? '' : `, rule ${record.rule}`
    return `no session for ${record.client} on ${record.listener}: ${reasonText(record.reason)}${rule}`
  }
  return `data connection ${record.peer} → ${record.local} dropped: ${reasonText(record.reason)}`
}

/** `108,556 bytes`. */
export function bytesText(bytes: number): string {
  const digits = String(Math.round(bytes)).replace(/\B(?=(?:\d{3})+$)/g, ',')
  return `${digits} ${bytes === 1 ? 'byte' : 'bytes'}`
}

/** `0.010 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`
}

/** The code is what an auditor filters by; a log of another version may hold one unknown here. */
function reasonText(reason: string): string {
  return Object.hasOwn(REASONS, reason)
    ? `${REASONS[reason as keyof typeof REASONS]} [${reason}]`
    : `[${reason}]`
}

function endingText(reason: string): string {
  switch (reason) {
    case 'quit':
      return 'the client said QUIT'
    case 'client-closed':
      return 'the client closed the connection'
    case 'server-closed':
      return 'the server closed the connection'
    default:
      return reasonText(reason)
  }
}

/** `1 command`, `2 commands`. */
export function count(value: number, noun: string): string {
  return `${value} ${value === 1 ? noun : `${noun}s`}`
}
