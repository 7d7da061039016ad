/** Hostile-peer cases T23, T24 and T26: data connections of sessions that nobody can read. */
import { describe, expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import type { Profile } from '../../../src/engine/rules/ruleset.ts'
import { OPAQUE_CONNECTIONS_MAX } from '../../../src/engine/session/limits.ts'
import { port } from '../../../src/net/port.ts'
import { at, Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { block, deny, permit, ports } from '../../support/rules.ts'
import { AUTH, afterCcc, RANGE_OPTIONS, recordedCcc, underTls } from '../../support/tls-dialogue.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from '../tls/support/hand-made.ts'
import { dialled, expectNothingLeft, loggedIn } from './expectations.ts'

const INSIDE = `${HOSTS.P_OUTSIDE}:40007`
const CLIENT = `${HOSTS.C}:40100`
const OPEN = [`${HOSTS.C} ${HOSTS.P_OUTSIDE} 40000-40099`]

describe('the static range', () => {
  test('T26 opens with the last byte of the handshake and not before', () => {
    for (const said of [ESTABLISHED_12, ESTABLISHED_13]) {
      const last = said.at(-1)
      if (last === undefined) throw new Error('no handshake')
      const talk = underTls(said.slice(0, -1))
      talk[last.side](last.bytes.subarray(0, -1))
      expect(talk.ranges).toEqual([])
      expect(talk.connectData(CLIENT, INSIDE)).toBe('refused')
      talk[last.side](last.bytes.subarray(-1))
      expect(talk.ranges).toEqual(OPEN)
      expect(talk.recordsOf('range.open')).toMatchObject([
        {
          peer: HOSTS.C,
          listening: `${HOSTS.P_OUTSIDE} 40000-40099`,
          dial: `${HOSTS.S} 40000-40099`,
        },
      ])
    }
  })

  test.each([40_000, 40_007, 40_099])('T26 port %i leads to the same port', (number) => {
    const talk = underTls(ESTABLISHED_13)
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:${number}`)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${HOSTS.S}:${number}`])
    expect(talk.effectsOf('startData')).toHaveLength(1)
    expect(talk.effectsOf('dialData')[0]?.pinhole.from.address).toBe(HOSTS.P_INSIDE)
  })

  test.each([39_999, 40_100, 21, 50_000])('T26 port %i is none of it', (number) => {
    const talk = underTls(ESTABLISHED_13)
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:${number}`)).toBe('refused')
    expect(dialled(talk)).toEqual([])
  })

  test.each([HOSTS.X, HOSTS.V, HOSTS.S])('T26 T24 K17 %s may not use the range of C', (host) => {
    const talk = underTls(ESTABLISHED_13)
    expect(talk.connectData(`${host}:40100`, INSIDE)).toBe('dropped')
    expect(talk.recordsOf('data.refused')).toMatchObject([{ reason: 'data.foreign-peer' }])
    expect(dialled(talk)).toEqual([])
    expect(talk.connectData(CLIENT, INSIDE)).toBe('accepted')
  })

  test('T26 R17 one session has so many data connections at a time, and no more', () => {
    const talk = underTls(ESTABLISHED_13)
    const connect = (ordinal: number): string =>
      talk.connectData(`${HOSTS.C}:${41_000 + ordinal}`, INSIDE)
    const most = Array.from({ length: OPAQUE_CONNECTIONS_MAX }, (_, ordinal) => connect(ordinal))
    expect(new Set(most)).toEqual(new Set(['accepted']))
    expect(connect(50)).toBe('dropped')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'drop-data', reason: 'limit.data-connections', side: 'client' },
    ])
    talk.endData(0, 0)
    expect(connect(51)).toBe('accepted')
  })

  test('T26 two clients: neither session opens anything for the other', () => {
    const talk = underTls(ESTABLISHED_13)
    const session = sessionId('s2')
    talk.handle({
      type: 'clientConnected',
      session,
      listener: 'front-door',
      client: at(`${HOSTS.X}:40000`),
      local: at(`${HOSTS.P_OUTSIDE}:21`),
    })
    expect(talk.connectData(`${HOSTS.X}:40100`, INSIDE)).toBe('dropped')
    for (const { side, bytes } of [...AUTH, ...ESTABLISHED_12])
      talk.handle({ type: 'bytes', session, side, bytes })
    expect(talk.ranges).toHaveLength(2)
    expect(talk.connectData(`${HOSTS.X}:40101`, INSIDE)).toBe('accepted')
    expect(talk.effectsOf('dialData').map(({ pinhole }) => pinhole.session)).toEqual(['s2'])
    talk.handle({ type: 'sideClosed', session, side: 'client', cause: 'reset' })
    expect(talk.ranges).toEqual(OPEN)
    expect(talk.connectData(`${HOSTS.X}:40102`, INSIDE)).toBe('dropped')
    expect(talk.connectData(CLIENT, INSIDE)).toBe('accepted')
  })

  test('T26 closes with the session; who is transferring finishes', () => {
    const talk = underTls(ESTABLISHED_13)
    expect(talk.connectData(CLIENT, INSIDE)).toBe('accepted')
    talk.close('client', 'reset')
    expect(talk.ranges).toEqual([])
    expect(talk.connectData(`${HOSTS.C}:40101`, INSIDE)).toBe('refused')
    expect(talk.effectsOf('closeData')).toEqual([])
    expect(talk.isClosed).toBe(false)
    talk.endData(5000, 700)
    expect(talk.isClosed).toBe(true)
    expect(talk.recordsOf('data.close')).toMatchObject([
      { toClientBytes: 5000, toServerBytes: 700, cause: 'end' },
    ])
    expect(talk.recordsOf('range.close')).toMatchObject([{ connections: 1 }])
    expectNothingLeft(talk)
  })

  test('T26 closes when the session is clear again; who is transferring finishes', async () => {
    const said = await recordedCcc('TLSv1.3')
    const talk = underTls(said.slice(0, -2))
    expect(talk.connectData(CLIENT, INSIDE)).toBe('accepted')
    for (const { side, bytes } of said.slice(-2)) talk[side](bytes)
    talk.client('NOOP\r\n').server('200 ok\r\n')
    expect(talk.ranges).toEqual([])
    expect(talk.connectData(`${HOSTS.C}:40101`, INSIDE)).toBe('refused')
    expect(talk.effectsOf('closeData')).toEqual([])
    talk.endData(1, 2)
    expect(talk.recordsOf('data.close')).toHaveLength(1)
    expect(talk.isClosed).toBe(false)
  })

  test('T26 several connections at once, each on its own', () => {
    const talk = underTls(ESTABLISHED_13)
    for (const number of [40_000, 40_000, 40_001])
      expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:${number}`)).toBe('accepted')
    talk.close('client')
    expect(talk.recordsOf('range.close')).toMatchObject([{ connections: 3 }])
  })

  test('T23 what its connections carry is not judged', () => {
    const talk = underTls(ESTABLISHED_13)
    talk.connectData(CLIENT, INSIDE)
    talk.endData(10, 10)
    expect(talk.recordsOf('verdict')).toEqual([])
  })

  test('ports that another program holds are told', () => {
    const talk = underTls(ESTABLISHED_13, { ...RANGE_OPTIONS, missing: [port(40_003)] })
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'range.partial', detail: 'ports 40003' },
    ])
    expect(talk.isClosed).toBe(false)
  })
})

describe('who gets none', () => {
  test.each<[string, ConversationOptions]>([
    ['opaque-data: deny', withProfile({ opaqueData: 'deny' })],
    ['clear-command-channel: required', withProfile({ clearCommandChannel: 'required' })],
    ['a listener without passive ports', {}],
  ])('T26 %s', (_, options) => {
    const talk = underTls(ESTABLISHED_13, options)
    expect(talk.recordsOf('channel.opaque')).toHaveLength(1)
    expect(talk.effectsOf('openRange')).toEqual([])
    expect(talk.recordsOf('range.open')).toEqual([])
    expect(talk.connectData(CLIENT, INSIDE)).toBe('refused')
    expect(talk.isClosed).toBe(false)
  })

  test('T26 K17 a clear session, whatever its listener names', () => {
    const talk = loggedIn(RANGE_OPTIONS)
    expect(talk.ranges).toEqual([])
    expect(talk.connectData(CLIENT, INSIDE)).toBe('refused')
  })

  test.each([
    ['no rule permits it', [permit('control')], 'rule.none'],
    ['a rule denies it', [permit('control'), deny('passive-data')], 'rule.denied'],
    [
      'another port is permitted',
      [permit('control'), permit('passive-data', { port: ports('40008-40099') })],
      'rule.none',
    ],
    [
      'another client is permitted',
      [permit('control'), permit('passive-data', { from: [block(`${HOSTS.X}/32`)] })],
      'rule.none',
    ],
  ])('T26 rules for passive data are asked: %s', (_, rules, reason) => {
    const talk = underTls(ESTABLISHED_13, { ...RANGE_OPTIONS, rules })
    expect(talk.connectData(CLIENT, INSIDE)).toBe('dropped')
    expect(talk.recordsOf('verdict')).toMatchObject([{ verdict: 'drop-data', reason }])
    expect(dialled(talk)).toEqual([])
    expect(talk.isClosed).toBe(false)
  })

  test('T26 where CCC is required, data connections work after it', async () => {
    const talk = await afterCcc(withProfile({ clearCommandChannel: 'required' }))
    expect(talk.effectsOf('openRange')).toEqual([])
    talk.client('EPSV\r\n').server('229 x (|||40000|)\r\n')
    expect(talk.connectData(CLIENT)).toBe('accepted')
  })
})

function withProfile(profile: Partial<Profile>): ConversationOptions {
  return { ...RANGE_OPTIONS, profile: { ...DEFAULTS.profile, ...profile } }
}

test('without AUTH nothing of this is in a session', () => {
  const talk = new Conversation(RANGE_OPTIONS).login()
  expect(talk.recordsOf('channel.opaque')).toEqual([])
  expect(talk.effectsOf('openRange')).toEqual([])
})
