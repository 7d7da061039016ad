import { describe, expect, test } from 'vitest'
import { decodeAlert } from '../../../src/engine/tls/alert.ts'
import { bytes } from './support/hello-bytes.ts'

describe('decodeAlert', () => {
  test('T10 names what it says, and whether a handshake can follow', () => {
    expect(decodeAlert(bytes('02 28'))).toEqual({
      type: 'complete',
      value: { level: 'fatal', description: 40, name: 'handshake_failure', endsHandshake: true },
    })
    expect(decodeAlert(bytes('01 70'))).toMatchObject({
      value: { level: 'warning', name: 'unrecognized_name', endsHandshake: false },
    })
    expect(decodeAlert(bytes('01 00'))).toMatchObject({
      value: { name: 'close_notify', endsHandshake: true },
    })
    expect(decodeAlert(bytes('01 c8'))).toMatchObject({ value: { name: '200' } })
  })

  test('anything but two bytes with a level is malformed', () => {
    for (const hex of ['', '02', '02 28 00', '00 28', '03 28', 'ff ff'])
      expect(decodeAlert(bytes(hex)).type).toBe('malformed')
  })
})
