/**
 * TLS as it looks from outside: the hellos are real, what follows is as long as the real thing and
 * framed like it, and holds text that only the scripted peers know how to read. Enough for those
 * who observe a connection; nobody's secrets are at stake.
 */
import { Buffer } from 'node:buffer'

const RANDOM = Uint8Array.from({ length: 32 }, (_, index) => index + 1)
const MASK = 0xa5
/** More than an encrypted alert and no less than a Finished has, so that nobody takes it for one. */
const PADDING_BYTES = 64
const CLOSE_NOTIFY_BYTES = 19
const FINISHED_BYTES = 64
const TLS_1_2 = 0x0303
const TLS_1_3 = 0x0304
const CHANGE_CIPHER_SPEC = record(20, Uint8Array.of(1))

export interface TlsManner {
  readonly version: '1.2' | '1.3'
  /** What the client calls the server. */
  readonly serverName: string | undefined
  /** What the server chooses. */
  readonly cipherSuite: number
}

export function clientHello({ version, serverName, cipherSuite }: TlsManner): Uint8Array {
  const versions = version === '1.3' ? [TLS_1_3, TLS_1_2] : [TLS_1_2]
  const name = Buffer.from(serverName ?? '', 'latin1')
  const extensions = [
    ...(serverName === undefined ? [] : [extension(0, vector16(Uint8Array.of(0), vector16(name)))]),
    extension(43, vector8(u16(...versions))),
  ]
  const body = Buffer.concat([
    u16(TLS_1_2),
    RANDOM,
    vector8(),
    vector16(u16(cipherSuite)),
    vector8(Uint8Array.of(0)),
    vector16(...extensions),
  ])
  return record(22, message(1, body))
}

/** The server's first flight; in TLS 1.3 its Finished is part of it. */
export function serverHello({ version, cipherSuite }: TlsManner): Uint8Array {
  const extensions = version === '1.3' ? [extension(43, u16(TLS_1_3))] : []
  const body = Buffer.concat([
    u16(TLS_1_2),
    RANDOM,
    vector8(),
    u16(cipherSuite),
    Uint8Array.of(0),
    vector16(...extensions),
  ])
  return version === '1.3'
    ? Buffer.concat([record(22, message(2, body)), CHANGE_CIPHER_SPEC, finished13()])
    : Buffer.concat([record(22, message(2, body)), record(22, message(14))])
}

/** The client's second flight. */
export function clientFinished({ version }: TlsManner): Uint8Array {
  return version === '1.3'
    ? Buffer.concat([CHANGE_CIPHER_SPEC, finished13()])
    : Buffer.concat([record(22, message(16, new Uint8Array(33))), CHANGE_CIPHER_SPEC, finished12()])
}

/** The server's second flight: there is one up to TLS 1.2. */
export function serverFinished({ version }: TlsManner): Uint8Array | undefined {
  return version === '1.3' ? undefined : Buffer.concat([CHANGE_CIPHER_SPEC, finished12()])
}

/** A line as application data. */
export function sealLine(line: string): Uint8Array {
  const text = Buffer.from(line, 'latin1')
  const body = Buffer.alloc(text.length + PADDING_BYTES)
  text.copy(body)
  return record(
    23,
    body.map((byte) => byte ^ MASK),
  )
}

export function closeNotify({ version }: TlsManner): Uint8Array {
  const body = new Uint8Array(CLOSE_NOTIFY_BYTES).fill(MASK)
  return record(version === '1.3' ? 23 : 21, body)
}

/** What a peer reads of `bytes`: sealed lines opened, text as it is, the rest of TLS left out. */
export function openLines(bytes: Uint8Array): string {
  const text: string[] = []
  let rest = Buffer.from(bytes)
  while (rest.length > 5 && (rest[0] ?? 0) >= 20 && (rest[0] ?? 0) <= 23 && rest[1] === 3) {
    const end = 5 + rest.readUInt16BE(3)
    const isLine = rest[0] === 23 && end - 5 > PADDING_BYTES
    if (isLine)
      text.push(
        Buffer.from(rest.subarray(5, end - PADDING_BYTES).map((byte) => byte ^ MASK)).toString(
          'latin1',
        ),
      )
    rest = rest.subarray(end)
  }
  return [...text, rest.toString('latin1')].join('')
}

function finished13(): Uint8Array {
  return record(23, new Uint8Array(FINISHED_BYTES).fill(MASK))
}

function finished12(): Uint8Array {
  return record(22, new Uint8Array(40).fill(MASK))
}

function record(type: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(type), u16(TLS_1_2), vector16(body)])
}

function message(type: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  return Buffer.concat([Uint8Array.of(type, 0), u16(body.length), body])
}

function extension(type: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([u16(type), vector16(body)])
}

function u16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

function vector8(...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(body.length), body])
}

function vector16(...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  return Buffer.concat([u16(body.length), body])
}
