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

/** As another process wrote it. */
export function pinholeIdFrom(text: string): PinholeId {
  return text as PinholeId
}

/** One port of a range that is opened as a whole. */
export function portPinholeId(range: PinholeId, port: number): PinholeId {
  return `${range}:${port}` as PinholeId
}

export function dataConnectionId(value: number): DataConnectionId {
  return value as DataConnectionId
}

/**
 * The name of a session that `worker` counts: unique among all processes that write to one log. `run`
 * says when the process started.
 */
export function workerSessionId(
  run: string,
  worker: number | undefined,
  ordinal: number,
): SessionId {
  return sessionId(`${run}${worker === undefined ? '' : `.${worker}`}-${ordinal}`)
}

/** The worker that counted a session; `undefined` where one process has them all. */
export function workerOfSession(session: string): number | undefined {
  const worker = /^[^.]*\.(\d{1,3})-\d+$/.exec(session)?.[1]
  return worker === undefined ? undefined : Number(worker)
}
