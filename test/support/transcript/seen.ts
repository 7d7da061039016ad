/** From records and bytes to what a transcript speaks of. */
import type { PacketLogRecord } from '../../../src/engine/session/record.ts'
import { type Hosts, toSymbols } from './symbols.ts'
import type { Admission, Seen } from './transcript.ts'

export interface Raw {
  /** Since the end of the prelude. */
  readonly toServer: string
  readonly toClient: string
  readonly records: readonly PacketLogRecord[]
  readonly connections: readonly Admission[]
}

export function seenOf(raw: Raw, hosts: Hosts): Seen {
  return {
    toServer: linesOf(raw.toServer, hosts),
    toClient: linesOf(raw.toClient, hosts),
    verdicts: raw.records.flatMap(verdictOf),
    pinholes: raw.records.flatMap(pinholeOf),
    connections: raw.connections,
    session: sessionOf(raw.records),
  }
}

/** What is not a whole line shows: it is one more line, without its end. */
function linesOf(text: string, hosts: Hosts): readonly string[] {
  const lines = toSymbols(text, hosts).split('\r\n')
  const last = lines.pop() ?? ''
  return last === '' ? lines : [...lines, `unfinished: ${last}`]
}

function verdictOf(record: PacketLogRecord): readonly string[] {
  if (record.type === 'verdict') return [`${record.verdict} ${record.reason}`]
  return record.type === 'data.refused' ? [`data ${record.reason}`] : []
}

function pinholeOf(record: PacketLogRecord): readonly string[] {
  if (record.type === 'pinhole.open') return ['open']
  return record.type === 'pinhole.close' ? [`close ${record.reason}`] : []
}

function sessionOf(records: readonly PacketLogRecord[]): string {
  const close = records.find((record) => record.type === 'session.close')
  return close === undefined ? 'alive' : `closed ${close.reason}`
}
