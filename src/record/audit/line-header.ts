/**
 * What every record begins with, read without parsing the rest: the writer puts these fields first,
 * and in this order. A filter that they fail spares the line from JSON, which is where nearly all
 * the time goes. A line of any other form gives no header and has to be parsed.
 */
export interface LineHeader {
  readonly time: string
  readonly seq: number
  readonly type: string
  readonly session: string | undefined
  readonly client: string | undefined
  readonly server: string | undefined
}

const TIME_AT = '{"time":"'.length
const TIME_LENGTH = '2026-11-21T07:13:19.198Z'.length
const SEQ = '","seq":'
const SEQ_AT = TIME_AT + TIME_LENGTH + SEQ.length
const TYPE = ',"type":"'
const SESSION = ',"session":"'
const CLIENT = ',"client":"'
const SERVER = ',"server":"'

const ZERO = 48
const NINE = 57

/** The header of a line that looks whole; `undefined` for everything else. */
export function readHeader(line: string): LineHeader | undefined {
  if (!line.startsWith('{"time":"') || !line.startsWith(SEQ, TIME_AT + TIME_LENGTH))
    return undefined
  if (!line.endsWith('}')) return undefined
  let at = SEQ_AT
  let seq = 0
  for (let code = line.charCodeAt(at); code >= ZERO && code <= NINE; code = line.charCodeAt(at)) {
    seq = seq * 10 + code - ZERO
    at += 1
  }
  const type = valueAt(line, at, TYPE)
  if (type === undefined) return undefined
  at += TYPE.length + type.length + 1
  const session = valueAt(line, at, SESSION)
  if (session !== undefined) at += SESSION.length + session.length + 1
  const client = valueAt(line, at, CLIENT)
  if (client !== undefined) at += CLIENT.length + client.length + 1
  const server = valueAt(line, at, SERVER)
  const time = line.slice(TIME_AT, TIME_AT + TIME_LENGTH)
  // A backslash means an escape, or that the value ends elsewhere: leave that to JSON.
  return line.lastIndexOf('\\', at + SERVER.length + (server?.length ?? 0)) === -1
    ? { time, seq, type, session, client, server }
    : undefined
}

/** The text behind `key`, where `key` stands at `at`. */
function valueAt(line: string, at: number, key: string): string | undefined {
  if (!line.startsWith(key, at)) return undefined
  const start = at + key.length
  const end = line.indexOf('"', start)
  return end === -1 ? undefined : line.slice(start, end)
}
