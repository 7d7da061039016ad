import { describe, expect, test } from 'vitest'
import { EcsFormat } from '../../../src/record/audit/ecs-format.ts'
import { print } from './formatting.ts'
import { clearSession, LOG_START, opaqueSession, party } from './sample.ts'

interface Ecs {
  readonly event: { readonly action: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

const of = party('s3')
const objects = print(new EcsFormat(), [
  LOG_START,
  ...clearSession('s1', 'anna'),
  ...opaqueSession('s2'),
  { type: 'control.reply', ...of, code: 530, text: 'No', lines: 1, verb: 'PASS' },
  {
    type: 'session.refused',
    client: '192.0.2.1:1',
    server: '10.0.0.5:21',
    listener: 'a',
    reason: 'rule.none',
    rule: 'no',
  },
  { type: 'quota.reached', ...of, bytes: 5 },
  {
    type: 'tls.certificate',
    ...of,
    side: 'server',
    chainLength: 1,
    subject: 'CN=a',
    issuer: 'CN=b',
    fingerprint: 'AA:BB',
  },
])
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Ecs)

const find = (action: string): Ecs | undefined =>
  objects.find(({ event }) => event.action === action)

describe('ECS', () => {
  test('a transfer', () => {
    expect(find('data.close')).toMatchObject({
      '@timestamp': '2026-11-21T07:00:00.160Z',
      event: {
        kind: 'event',
        category: ['network'],
        type: ['connection', 'end'],
        outcome: 'success',
        duration: 20_000_000,
        sequence: 17,
      },
      source: { ip: '192.0.2.10', port: 40000, bytes: 0 },
      destination: { ip: '10.0.0.5', port: 21, bytes: 1_000_000 },
      network: { transport: 'tcp', protocol: 'ftp', type: 'ipv4', bytes: 1_000_000 },
      user: { name: 'anna' },
      rule: { name: 'partners: passive data' },
      file: { path: '/pub/räksmörgås.zip' },
      portcullis: { session: 's1', opaque: false, verb: 'RETR', cause: 'end' },
    })
  })

  test('logins, good and bad', () => {
    expect(
      objects.filter(({ event }) => event.action === 'login').map(({ event }) => event),
    ).toMatchObject([
      { category: ['authentication', 'network'], outcome: 'success' },
      { category: ['authentication', 'network'], outcome: 'failure' },
    ])
  })

  test('refusals', () => {
    expect(find('verdict')?.event).toMatchObject({
      type: ['denied'],
      outcome: 'failure',
      reason: 'port.foreign-address',
    })
    expect(find('session.refused')).toMatchObject({
      event: { type: ['connection', 'denied'], outcome: 'failure', reason: 'rule.none' },
      rule: { name: 'no' },
    })
  })

  test('TLS', () => {
    expect(find('channel.opaque')?.['tls']).toEqual({
      established: true,
      version: '1.3',
      version_protocol: 'tls',
      cipher: 'TLS_AES_128_GCM_SHA256',
    })
    expect(find('tls.certificate')?.['tls']).toEqual({
      server: { subject: 'CN=a', issuer: 'CN=b', hash: { sha256: 'AABB' } },
    })
    expect(find('data.open')?.['network']).toMatchObject({ type: 'ipv4' })
  })

  test('of the log itself, and what has no name there', () => {
    expect(find('log.start')).toMatchObject({
      event: { category: ['process'], type: ['start'] },
      portcullis: { version: '0.1.0' },
    })
    expect(find('log.start')?.['source']).toBeUndefined()
    expect(find('quota.reached')?.['portcullis']).toMatchObject({ session: 's3', bytes: 5 })
  })
})
