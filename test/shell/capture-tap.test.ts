import { describe, expect, test } from 'vitest'
import { sessionId } from '../../src/engine/id.ts'
import { parseEndpoint } from '../../src/net/endpoint.ts'
import type { Endpoint } from '../../src/net/endpoint.ts'
import { CaptureTap } from '../../src/shell/capture-tap.ts'

const session = sessionId('s1')
const CLIENT = at('198.51.100.7:40000')
const PUBLIC = at('203.0.113.10:21')
const SERVER = at('10.0.0.5:21')
const OWN = at('10.0.0.1:50123')

function at(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint === undefined) throw new Error(text)
  return endpoint
}

interface Tapped {
  readonly tap: CaptureTap
  readonly told: readonly unknown[][]
}

function tapped(): Tapped {
  const told: unknown[][] = []
  const note =
    (what: string) =>
    (...given: unknown[]): void => {
      told.push([what, ...given])
    }
  const tap = new CaptureTap({
    opened: note('opened'),
    bytes: note('bytes'),
    closed: note('closed'),
    ended: note('ended'),
  })
  return { tap, told }
}

describe('a session as the capture file sees it', () => {
  test('both legs, from their beginning to their end', () => {
    const { tap, told } = tapped()
    const command = Buffer.from('NOOP\r\n')
    tap.happened({ type: 'clientConnected', session, listener: 'l', client: CLIENT, local: PUBLIC })
    tap.performed({ type: 'connectServer', session, server: SERVER })
    tap.happened({ type: 'serverConnected', session, local: OWN })
    tap.happened({ type: 'bytes', session, side: 'client', bytes: command })
    tap.performed({ type: 'send', session, side: 'server', bytes: command })
    tap.happened({ type: 'sideClosed', session, side: 'client', cause: 'end' })
    tap.performed({ type: 'close', session, side: 'server' })
    tap.performed({ type: 'sessionEnded', session })
    expect(told).toEqual([
      ['opened', session, 'client', CLIENT, PUBLIC],
      ['opened', session, 'server', SERVER, OWN],
      ['bytes', session, 'client', 'in', command],
      ['bytes', session, 'server', 'out', command],
      ['closed', session, 'client', 'in', 'end'],
      ['closed', session, 'server', 'out', 'end'],
      ['ended', session],
    ])
  })

  test('an intercepted client believes to speak to the server', () => {
    const { tap, told } = tapped()
    const original = SERVER
    const event = { session, listener: 'l', client: CLIENT, local: PUBLIC, original }
    tap.happened({ type: 'clientConnected', ...event })
    expect(told).toEqual([['opened', session, 'client', CLIENT, SERVER]])
  })

  test.each(['reset', 'error', 'stalled'] as const)(
    'a leg that ends with %s was reset',
    (cause) => {
      const { tap, told } = tapped()
      tap.happened({ type: 'sideClosed', session, side: 'server', cause })
      expect(told).toEqual([['closed', session, 'server', 'in', 'reset']])
    },
  )

  test('a server that was never dialled has no leg', () => {
    const { tap, told } = tapped()
    tap.happened({ type: 'serverConnected', session, local: OWN })
    tap.performed({ type: 'pause', session, side: 'client' })
    tap.happened({ type: 'deadlineReached', session })
    expect(told).toEqual([])
  })
})
