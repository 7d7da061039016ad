/** Questions about a record that its type alone does not answer. */
import { type LogEntry, numberOf, textOf } from './log-entry.ts'

/** Verbs whose argument is a path. */
const PATH_VERBS: ReadonlySet<string> = new Set(
  (
    'RETR STOR STOU APPE DELE RNFR RNTO MKD XMKD RMD XRMD CWD XCWD LIST NLST MLSD MLST SIZE MDTM ' +
    'MFMT STAT SMNT HASH XCRC XMD5 XSHA1'
  ).split(' '),
)

/** The path that a record is about, as the client wrote it. */
export function pathOf(entry: LogEntry): string | undefined {
  const path = textOf(entry, 'path')
  if (path !== undefined) return path
  return PATH_VERBS.has(textOf(entry, 'verb') ?? '') ? textOf(entry, 'argument') : undefined
}

/** What a record decides. A session and a data connection that were refused have no word for it. */
export function verdictOf(entry: LogEntry): string | undefined {
  if (entry.type === 'session.refused') return 'deny'
  if (entry.type === 'data.refused') return 'drop-data'
  return textOf(entry, 'verdict')
}

export function isRefusal(entry: LogEntry): boolean {
  const verdict = verdictOf(entry)
  return verdict !== undefined && verdict !== 'permit' && verdict !== 'note'
}

/** Bytes in both directions, of a data connection or of a whole session. */
export function bytesOf(entry: LogEntry): number | undefined {
  const toClient = numberOf(entry, 'toClientBytes')
  const toServer = numberOf(entry, 'toServerBytes')
  return toClient === undefined && toServer === undefined
    ? undefined
    : (toClient ?? 0) + (toServer ?? 0)
}

/** The address in `address:port` or `[address]:port`. */
export function addressIn(endpointText: string): string {
  const colon = endpointText.lastIndexOf(':')
  const host = colon === -1 ? endpointText : endpointText.slice(0, colon)
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
