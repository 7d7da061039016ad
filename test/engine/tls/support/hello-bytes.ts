/** Writes TLS by hand, so that tests can say what no TLS library would. */
import { Buffer } from 'node:buffer'

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

export function u16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

export function vector8(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts)
  return concat(Uint8Array.of(body.length), body)
}

export function vector16(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts)
  return concat(u16(body.length), body)
}

export function vector24(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts)
  return concat(Uint8Array.of(body.length >> 16), u16(body.length & 0xffff), body)
}

export function record(type: number, body: Uint8Array, version = 0x0303): Uint8Array {
  return concat(Uint8Array.of(type), u16(version), vector16(body))
}

/** `bytes` as the bodies of records of at most `size` bytes. */
export function records(type: number, body: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < body.length; at += size)
    parts.push(record(type, body.subarray(at, at + size)))
  return concat(...parts)
}

export function message(type: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type), vector24(body))
}

export function extension(type: number, body: Uint8Array): Uint8Array {
  return concat(u16(type), vector16(body))
}

export const alpn = (...names: readonly string[]): Uint8Array =>
  extension(16, vector16(...names.map((name) => vector8(ascii(name)))))

export const serverName = (...names: readonly (string | Uint8Array)[]): Uint8Array =>
  extension(
    0,
    vector16(
      ...names.map((name) =>
        concat(Uint8Array.of(0), vector16(typeof name === 'string' ? ascii(name) : name)),
      ),
    ),
  )

export const supportedVersions = (...versions: readonly number[]): Uint8Array =>
  extension(43, vector8(u16(...versions)))

export const RANDOM: Uint8Array = new Uint8Array(32).fill(7)
export const RETRY_RANDOM: Uint8Array = bytes(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
)

export interface ClientHelloFields {
  readonly version?: number
  readonly sessionId?: Uint8Array
  readonly suites?: readonly number[]
  /** `undefined`: no extensions block at all. */
  readonly extensions?: readonly Uint8Array[]
}

/** The body of a ClientHello. */
export function clientHelloBody(fields: ClientHelloFields = {}): Uint8Array {
  return concat(
    u16(fields.version ?? 0x0303),
    RANDOM,
    vector8(fields.sessionId ?? new Uint8Array(0)),
    vector16(u16(...(fields.suites ?? [0x1301, 0xc02f]))),
    vector8(Uint8Array.of(0)),
    ...(fields.extensions === undefined ? [] : [vector16(...fields.extensions)]),
  )
}

export function clientHello(fields: ClientHelloFields = {}): Uint8Array {
  return message(1, clientHelloBody(fields))
}

/** A ClientHello of TLS 1.3. */
export function clientHello13(...extensions: readonly Uint8Array[]): Uint8Array {
  return clientHello({ extensions: [supportedVersions(0x0304, 0x0303), ...extensions] })
}

export interface ServerHelloFields {
  readonly version?: number
  readonly random?: Uint8Array
  readonly sessionId?: Uint8Array
  readonly suite?: number
  readonly extensions?: readonly Uint8Array[]
}

/** The body of a ServerHello. */
export function serverHelloBody(fields: ServerHelloFields = {}): Uint8Array {
  return concat(
    u16(fields.version ?? 0x0303),
    fields.random ?? RANDOM,
    vector8(fields.sessionId ?? new Uint8Array(0)),
    u16(fields.suite ?? 0xc02f),
    Uint8Array.of(0),
    ...(fields.extensions === undefined ? [] : [vector16(...fields.extensions)]),
  )
}

export function serverHello(fields: ServerHelloFields = {}): Uint8Array {
  return message(2, serverHelloBody(fields))
}

export function serverHello13(fields: ServerHelloFields = {}): Uint8Array {
  const selected = extension(43, u16(0x0304))
  return serverHello({
    suite: 0x1301,
    ...fields,
    extensions: [selected, ...(fields.extensions ?? [])],
  })
}

export const CHANGE_CIPHER_SPEC: Uint8Array = record(20, Uint8Array.of(1))

/** A record of type 23 whose body says nothing to anybody. */
export function applicationData(length: number): Uint8Array {
  return record(23, new Uint8Array(length).fill(0xa5))
}

/** An encrypted Finished of TLS 1.2, with AES-GCM. */
export const FINISHED_12: Uint8Array = record(22, new Uint8Array(40).fill(0xa5))
