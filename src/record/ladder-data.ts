/** Rows of pinholes, static ranges and data connections. */
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
      return {
        band: {
          text: isAnnounced(name) ? `● ${name} used, now shut` : `● ${name} used`,
          ink: 'pinhole',
        },
      }
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

/** The ports of the server itself, all of them at once, while nobody can read which it announces. */
export function rangeRow(record: RecordOf<'range.open' | 'range.close'>): RowParts {
  const name = nameOf(record.range)
  const ink = 'pinhole'
  if (record.type === 'range.close') {
    const { connections } = record
    const band = connections === 0 ? `× ${name} shut: unused` : `● ${name} shut`
    const came = `${connections} data ${connections === 1 ? 'connection' : 'connections'}`
    return {
      band: { text: band, ink },
      ...(connections === 0 ? {} : { left: { text: came, ink } }),
    }
  }
  const { listening, dial, active, peer, server } = record
  if (listening === undefined || dial === undefined) {
    const [address] = splitLast(server, ':')
    return {
      left: { text: `leads to ${peer}`, ink },
      band: { text: `○ ${name} active`, ink },
      right: { text: `only ${address}, port 20`, ink },
    }
  }
  const [, ports] = splitLast(listening, ' ')
  return {
    left: { text: `only ${peer}`, ink },
    band: { text: `○ ${name} ${ports}${active === undefined ? '' : ', active'}`, ink },
    right: { text: `leads to ${dial}`, ink },
  }
}

function splitLast(text: string, separator: string): readonly [string, string] {
  const index = text.lastIndexOf(separator)
  return [text.slice(0, index), text.slice(index + 1)]
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
  const ink = record.cause === 'end' ? 'data' : 'refusal'
  const label = record.cause === 'end' ? seconds(record.durationMs) : `ended: ${record.cause}`
  if (record.verb === undefined) return unreadDataRow(record, label, ink)
  const isUpload = wentToServer(record, UPLOADS.has(record.verb))
  const received = delivered(record, isUpload ? 'server' : 'client')
  const sent = record.path ?? record.verb
  return {
    kind: 'data',
    left: { text: isUpload ? sent : received, ink },
    clientGate: isUpload ? 'through' : 'toClient',
    band: { text: bandLine('data', label), ink },
    serverGate: isUpload ? 'toServer' : 'through',
    right: { text: isUpload ? received : sent, ink },
  }
}

/** Which way it went cannot be seen, and under TLS bytes go both ways. */
function unreadDataRow(
  record: RecordOf<'data.close'>,
  label: string,
  ink: 'data' | 'refusal',
): RowParts {
  return {
    kind: 'data',
    left: { text: delivered(record, 'client'), ink },
    clientGate: 'toClient',
    band: { text: bandLine('data', label), ink },
    serverGate: 'toServer',
    right: { text: delivered(record, 'server'), ink },
  }
}

/** What a side got; where the kernel counted it, headers are in it, and so the packets are told. */
function delivered(record: RecordOf<'data.close'>, side: 'client' | 'server'): string {
  const [bytes, packets] =
    side === 'client'
      ? [record.toClientBytes, record.toClientPackets]
      : [record.toServerBytes, record.toServerPackets]
  return packets === undefined
    ? bytesText(bytes)
    : `${bytesText(bytes)}, ${packets} ${packets === 1 ? 'packet' : 'packets'}`
}

/**
 * The verb says so, unless all bytes went the other way: with PROT P bytes go both ways, and among
 * those of whole packets are acknowledgements.
 */
function wentToServer(record: RecordOf<'data.close'>, isUpload: boolean): boolean {
  const { toClientBytes, toServerBytes, toClientPackets } = record
  if (toClientPackets !== undefined) return isUpload
  return isUpload
    ? toServerBytes > 0 || toClientBytes === 0
    : toServerBytes > 0 && toClientBytes === 0
}

/** Announced pinholes count from 1; what has another name is a static range. */
function isAnnounced(name: string): boolean {
  return /^p[1-9]/.test(name)
}

/** `p1` of `session/p1`. */
function nameOf(pinhole: string): string {
  return pinhole.slice(pinhole.lastIndexOf('/') + 1)
}
