import { describe, expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port, portRange } from '../../../src/net/port.ts'
import {
  encodeToWorker,
  parseToPrimary,
  parseToWorker,
  type ToPrimary,
  type ToWorker,
} from '../../../src/shell/workers/protocol.ts'

const id = pinholeId(sessionId('run.1-1'), 0)
const range = { id, address: ip('192.0.2.1'), ports: portRange(2000, 2009) }
const sources = [{ name: 'rules.yaml', text: 'version: 1\n' }]

const TO_WORKER: readonly ToWorker[] = [
  {
    type: 'start',
    worker: 1,
    workers: 2,
    sources,
    rules: 'rules.yaml',
    packetLog: 'log.jsonl',
    capture: undefined,
    logLevel: 'info',
  },
  {
    type: 'client',
    arrival: {
      listener: 'door',
      client: endpoint(ip('2001:db8::1'), port(40_000)),
      local: endpoint(ip('192.0.2.1'), port(21)),
    },
    isOneTooMany: false,
  },
  { type: 'data' },
  { type: 'rangeOpened', range: id, missing: [port(2003)] },
  { type: 'question', id: 1, question: { about: 'progress' } },
  { type: 'question', id: 2, question: { about: 'ports' } },
  { type: 'question', id: 3, question: { about: 'reopen' } },
  { type: 'question', id: 4, question: { about: 'rules', sources } },
  { type: 'drain' },
  { type: 'stop' },
]

const TO_PRIMARY: readonly ToPrimary[] = [
  { type: 'hello' },
  { type: 'ready' },
  { type: 'failed', message: 'it cannot' },
  { type: 'progress', received: 3, over: 0 },
  { type: 'openRange', range },
  { type: 'closeRange', range },
  { type: 'answer', id: 1, value: { ranges: [] } },
  { type: 'refusal', id: 2, message: 'no' },
]

function overTheChannel(message: object): unknown {
  return JSON.parse(JSON.stringify(message))
}

test.each(TO_WORKER)('a worker understands $type', (message) => {
  expect(parseToWorker(overTheChannel(encodeToWorker(message)))).toEqual(message)
})

test.each(TO_PRIMARY)('the primary understands $type', (message) => {
  expect(parseToPrimary(overTheChannel(message))).toEqual(message)
})

describe('what is not as it must be is nothing', () => {
  test.each([undefined, null, 7, 'start', [], {}, { type: 'ready' }])('%j', (value) => {
    expect(parseToWorker(value)).toBeUndefined()
  })

  test.each(TO_WORKER.filter(({ type }) => !['data', 'drain', 'stop'].includes(type)))(
    '$type with any field gone or of another kind',
    (message) => {
      const encoded = encodeToWorker(message)
      for (const key of Object.keys(encoded)) {
        if (key === 'capture') continue
        expect(parseToWorker({ ...encoded, [key]: undefined }), key).toBeUndefined()
        expect(parseToWorker({ ...encoded, [key]: {} }), key).toBeUndefined()
      }
    },
  )

  test.each(TO_PRIMARY.filter(({ type }) => !['hello', 'ready'].includes(type)))(
    '$type with any field gone',
    (message) => {
      for (const key of Object.keys(message))
        expect(parseToPrimary({ ...message, [key]: undefined }), key).toBeUndefined()
    },
  )

  test('numbers that count nothing, and ranges that are reversed', () => {
    for (const received of [-1, 0.5, '1', Number.NaN])
      expect(parseToPrimary({ type: 'progress', received, over: 0 })).toBeUndefined()
    const reversed = { ...range, ports: { first: 2, last: 1 } }
    expect(parseToPrimary({ type: 'openRange', range: reversed })).toBeUndefined()
  })
})
