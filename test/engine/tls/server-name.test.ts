import { describe, expect, test } from 'vitest'
import { decodeServerName } from '../../../src/engine/tls/server-name.ts'
import { ascii, bytes, serverName, vector16 } from './support/hello-bytes.ts'

/** Of the extension only its body. */
const body = (...names: readonly (string | Uint8Array)[]): Uint8Array =>
  serverName(...names).subarray(4)

function decode(name: string | Uint8Array): unknown {
  const decoded = decodeServerName(body(name))
  return decoded.type === 'complete' ? decoded.value : decoded.problem
}

describe('decodeServerName', () => {
  test('a host name is compared in lower case', () => {
    expect(decode('FTP.Example')).toEqual({ text: 'ftp.example', isHostName: true })
    for (const name of ['localhost', 'xn--bcher-kva.example', '_a.b-c.d9', 'a'.repeat(63)])
      expect(decode(name)).toEqual({ text: name, isHostName: true })
  })

  test('what is none is kept and marked', () => {
    const none = ['192.0.2.1', '::1', 'a.', '.a', 'a..b', '-a', 'a b', 'a'.repeat(64), '1']
    for (const name of none) expect(decode(name)).toEqual({ text: name, isHostName: false })
    expect(decode(Array.from({ length: 64 }, () => 'abc').join('.'))).toMatchObject({
      isHostName: false,
    })
  })

  test('bytes that act on a terminal are escaped', () => {
    expect(decode(ascii('a\n\x1b[2J\\'))).toEqual({
      text: 'a\\x0a\\x1b[2J\\\\',
      isHostName: false,
    })
    expect(decode(ascii('a.example\0'))).toEqual({ text: 'a.example\\x00', isHostName: false })
  })

  test('entries of other types are passed over', () => {
    const other = bytes('01 0001 aa')
    expect(decodeServerName(vector16(other))).toEqual({ type: 'complete', value: undefined })
    expect(decodeServerName(vector16(other, body('a').subarray(2)))).toMatchObject({
      value: { text: 'a' },
    })
  })

  test('two names, an empty one, and lengths that do not agree are malformed', () => {
    const wrong = [
      body('a', 'b'),
      body(''),
      bytes('0004 00 0002 61'),
      bytes('0000 00'),
      bytes('00'),
    ]
    for (const list of wrong) expect(decodeServerName(list).type).toBe('malformed')
  })
})
