import { describe, expect, test } from 'vitest'
import { Direction } from '../../../src/engine/tls/direction.ts'
import { TLS_LIMITS } from '../../../src/engine/tls/limits.ts'
import { Negotiation } from '../../../src/engine/tls/negotiation.ts'
import { BODY_BYTES_MAX, BODY_BYTES_MAX_1_3 } from '../../../src/engine/tls/record.ts'
import { clientHello, clientHello13, serverHello, serverHello13 } from './support/hello-bytes.ts'

function directions(): { negotiation: Negotiation; client: Direction; server: Direction } {
  const negotiation = new Negotiation()
  return {
    negotiation,
    client: new Direction('client', negotiation, TLS_LIMITS),
    server: new Direction('server', negotiation, TLS_LIMITS),
  }
}

function say(direction: Direction, contentType: 20 | 21 | 22 | 23, body: Uint8Array): unknown {
  return (
    direction.startRecord({ contentType, length: body.length }) ?? direction.readBody(body, true)
  )
}

const CHANGE = Uint8Array.of(1)

describe('Direction', () => {
  test('reads what is in clear and nothing after it', () => {
    const { negotiation, client, server } = directions()
    expect(say(client, 22, clientHello())).toBeUndefined()
    expect(say(server, 22, serverHello())).toBeUndefined()
    expect(say(server, 20, CHANGE)).toBeUndefined()
    expect(negotiation.takeFacts()).toHaveLength(2)
    // What would be another ServerHello, and an alert, is encrypted now.
    expect(say(server, 22, serverHello())).toBeUndefined()
    expect(say(server, 21, new Uint8Array(26))).toBeUndefined()
    expect(negotiation.takeFacts()).toEqual([])
    expect(server.endedWithCloseNotify).toBe(true)
  })

  test('records get shorter with TLS 1.3, in both directions', () => {
    const { client, server } = directions()
    say(client, 22, clientHello13())
    expect(client.bodyBytesMax).toBe(BODY_BYTES_MAX)
    say(server, 22, serverHello13())
    expect([client.bodyBytesMax, server.bodyBytesMax]).toEqual([
      BODY_BYTES_MAX_1_3,
      BODY_BYTES_MAX_1_3,
    ])
  })

  test('a Finished of TLS 1.3 is no shorter than a hash', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello13())
    say(server, 22, serverHello13())
    for (const length of [11, 19, 44]) say(client, 23, new Uint8Array(length))
    expect(negotiation.hasFinished('client')).toBe(false)
    say(client, 23, new Uint8Array(45))
    expect(negotiation.hasFinished('client')).toBe(true)
    say(client, 23, new Uint8Array(19))
    expect(negotiation.applicationRecords.client).toBe(1)
    expect(client.endedWithCloseNotify).toBe(true)
  })

  test('an alert that is cut is kept until it is whole', () => {
    const { negotiation, client, server } = directions()
    say(client, 22, clientHello())
    server.startRecord({ contentType: 21, length: 2 })
    server.readBody(Uint8Array.of(2), false)
    expect(server.bufferedBytes).toBe(1)
    server.readBody(Uint8Array.of(40), true)
    expect(server.bufferedBytes).toBe(0)
    expect(negotiation.progress).toBe('failed')
  })
})
