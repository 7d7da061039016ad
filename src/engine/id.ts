import type { Brand } from '../net/brand.ts'

/** Names one control connection in the engine, the packet log and on the operator's console. */
export type SessionId = Brand<string, 'SessionId'>

/** Names one pinhole: `<session>/p<n>`. */
export type PinholeId = Brand<string, 'PinholeId'>

/** Names one accepted data connection; chosen by the data path. */
export type DataConnectionId = Brand<number, 'DataConnectionId'>

export function sessionId(text: string): SessionId {
  return text as SessionId
}

export function pinholeId(session: SessionId, ordinal: number): PinholeId {
  return `${session}/p${ordinal}` as PinholeId
}

/** One port of a range that is opened as a whole. */
export function portPinholeId(range: PinholeId, port: number): PinholeId {
  return `${range}:${port}` as PinholeId
}

export function dataConnectionId(value: number): DataConnectionId {
  return value as DataConnectionId
}
