/** Rows of pinholes and data connections. */
import type { PacketLogRecord } from '../engine/session/record.ts'
import { unreachable } from '../net/unreachable.ts'
import { bandLine, type RowParts } from './ladder-row.ts'
import { bytesText, seconds } from './ladder-text.ts'

type RecordOf<Type extends PacketLogRecord['type']> = Extract<PacketLogRecord, { type: Type }>

/** Uploads; all other transfers go to the client. */
const UPLOADS: ReadonlySet<string> = new Set(['STOR', 'STOU', 'APPE'])

const SHUT: Readonly<Record<RecordOf<'pinhole.close'>['reason'], string>> = {
  used: 'shut: used',
  expired: 'shut: expired',
  replaced: 'shut: replaced',
  refused: 'shut: refused',
  'session-closed': 'shut at the end',
  aborted: 'shut: aborted',
}

/** A pinhole that is closed because it was used gives no row: the one of its use says so. */
export function pinholeRow(
  record: RecordOf<'pinhole.open' | 'pinhole.use' | 'pinhole.close'>,
): RowParts | undefined {
  const name = nameOf(record.pinhole)
  switch (record.type) {
    case 'pinhole.open':
      return openRow(record)
    case 'pinhole.use':
      return { band: { text: `● ${name} used, now shut`, ink: 'pinhole' } }
    case 'pinhole.close':
      return record.reason === 'used'
        ? undefined
        : { band: { text: `× ${name} ${SHUT[record.reason]}`, ink: 'pinhole' } }
    default:
      return unreachable(record)
  }
}

/** Who may come stands on the side it comes from, where it leads on the other. */
function openRow(record: RecordOf<'pinhole.open'>): RowParts {
  const port = record.listening.slice(record.listening.lastIndexOf(':') + 1)
  const band = { text: `○ ${nameOf(record.pinhole)} open on ${port}`, ink: 'pinhole' } as const
  const from = {
    text: `only ${record.peer}, for ${record.ttlMs / 1000} s`,
    ink: 'pinhole',
  } as const
  const to = { text: `leads to ${record.dial}`, ink: 'pinhole' } as const
  return record.mode === 'passive'
    ? { left: from, band, right: to }
    : { left: to, band, right: from }
}

export function dataRow(record: RecordOf<'data.open' | 'data.close'>): RowParts {
  return record.type === 'data.open' ? dataOpenRow(record) : dataCloseRow(record)
}

function dataOpenRow(record: RecordOf<'data.open'>): RowParts {
  const label = [nameOf(record.pinhole), record.verb].join(' ').trimEnd()
  const [client, server] =
    record.mode === 'passive' ? [record.from, record.to] : [record.to, record.from]
  return {
    kind: 'data',
    left: { text: client, ink: 'data' },
    clientGate: 'through',
    band: { text: bandLine('data', label), ink: 'data' },
    serverGate: 'through',
    right: { text: server, ink: 'data' },
  }
}

/** The bytes stand on the side that received them, the file on the side that sent it. */
function dataCloseRow(record: RecordOf<'data.close'>): RowParts {
  const isUpload =
    record.toServerBytes > 0 ||
    (record.toClientBytes === 0 && record.verb !== undefined && UPLOADS.has(record.verb))
  const ink = record.cause === 'end' ? 'data' : 'refusal'
  const label = record.cause === 'end' ? seconds(record.durationMs) : `ended: ${record.cause}`
  const received = bytesText(isUpload ? record.toServerBytes : record.toClientBytes)
  const sent = record.path ?? record.verb ?? ''
  return {
    kind: 'data',
    left: { text: isUpload ? sent : received, ink },
    clientGate: isUpload ? 'through' : 'toClient',
    band: { text: bandLine('data', label), ink },
    serverGate: isUpload ? 'toServer' : 'through',
    right: { text: isUpload ? received : sent, ink },
  }
}

/** `p1` of `session/p1`. */
function nameOf(pinhole: string): string {
  return pinhole.slice(pinhole.lastIndexOf('/') + 1)
}
