/** The static range of opaque sessions, where the kernel carries data connections. */
import { describe, expect, test } from 'vitest'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { permit, ports } from '../../support/rules.ts'
import { RANGE_OPTIONS, underTls } from '../../support/tls-dialogue.ts'
import { ESTABLISHED_13 } from '../tls/support/hand-made.ts'
import { expectNothingLeft } from './expectations.ts'

const KERNEL: ConversationOptions = { kernel: 'front-door' }
const CLIENT = `${HOSTS.C}:40100`
const SERVER = `${HOSTS.S}:20`

describe('the static range', () => {
  const RANGE: ConversationOptions = { ...RANGE_OPTIONS, ...KERNEL }
  const NO_RANGE: ConversationOptions = KERNEL

  test('the client reaches the ports of its server that the rules permit', () => {
    const rules = [permit('control'), permit('passive-data', { port: ports('40010-40019') })]
    const talk = underTls(ESTABLISHED_13, { ...RANGE, rules })
    const [opened] = talk.effectsOf('openRange')
    expect(opened?.range).toMatchObject({ permitted: [ports('40010-40019')], active: undefined })
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:40010`)).toBe('accepted')
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:40020`)).toBe('refused')
    expect(talk.connectData(`${HOSTS.X}:40100`, `${HOSTS.P_OUTSIDE}:40010`)).toBe('refused')
    expect(talk.recordsOf('data.refused')).toMatchObject([
      { reason: 'data.foreign-peer' },
      { reason: 'data.foreign-peer' },
    ])
    expect(talk.recordsOf('data.open')).toMatchObject([{ mode: 'passive', to: `${HOSTS.S}:40010` }])
    for (const type of ['dialData', 'holdData', 'dropData'] as const)
      expect(talk.effectsOf(type)).toEqual([])
  })

  test('the server reaches its client from port 20, and no denied port', () => {
    const talk = underTls(ESTABLISHED_13, RANGE)
    const [opened] = talk.effectsOf('openRange')
    expect(opened?.range.active?.from).toEqual({ address: HOSTS.P_OUTSIDE, port: 20 })
    expect(talk.recordsOf('range.open')).toMatchObject([
      { active: expect.stringMatching(/^198\.51\.100\.10 1024-1432,1434-3305,.*27018-65535$/) },
    ])
    expect(talk.connectData(SERVER, `${HOSTS.C}:51221`)).toBe('accepted')
    expect(talk.recordsOf('data.open')).toMatchObject([
      { mode: 'active', from: SERVER, to: `${HOSTS.C}:51221` },
    ])
    for (const [peer, local] of [
      [SERVER, `${HOSTS.C}:3306`],
      [SERVER, `${HOSTS.C}:22`],
      [`${HOSTS.S}:21`, `${HOSTS.C}:51222`],
      [SERVER, `${HOSTS.X}:51222`],
      [`${HOSTS.V}:20`, `${HOSTS.C}:51222`],
    ] as const)
      expect(talk.connectData(peer, local)).toBe('refused')
    expect(talk.effectsOf('closeData')).toEqual([])
  })

  test('active mode alone, where the passive ports of the server are not known', () => {
    const talk = underTls(ESTABLISHED_13, NO_RANGE)
    const [opened] = talk.effectsOf('openRange')
    expect(opened?.range).toMatchObject({ listen: { ports: undefined }, permitted: [] })
    const [record] = talk.recordsOf('range.open')
    expect(record).toHaveProperty('active')
    expect(record).not.toHaveProperty('listening')
    expect(talk.connectData(SERVER, `${HOSTS.C}:51221`)).toBe('accepted')
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:40010`)).toBe('refused')
    talk.endData(10, 10, [1, 1])
    talk.close('client', 'reset')
    expect(talk.recordsOf('range.close')).toMatchObject([{ connections: 1 }])
    expectNothingLeft(talk)
    expect(talk.doors).toBe(0)
  })

  test.each<[string, ConversationOptions]>([
    ['the profile denies active mode', { ...NO_RANGE, profile: { activeMode: 'denied' } }],
    ['no rule permits it', { ...NO_RANGE, rules: [permit('control'), permit('passive-data')] }],
    [
      'the rules want another source port',
      { ...NO_RANGE, rules: [permit('control'), permit('active-data', { fromPort: ports('21') })] },
    ],
    ['the relay carries data', {}],
    ['the profile denies it', { ...NO_RANGE, profile: { opaqueData: 'deny' } }],
    [
      'the client speaks another protocol than the server',
      { ...NO_RANGE, client: '[2001:db8::10]:40000', local: '[2001:db8:203::1]:21' },
    ],
  ])('nothing is opened where %s', (_, options) => {
    const talk = underTls(ESTABLISHED_13, options)
    expect(talk.effectsOf('openRange')).toEqual([])
    expect(talk.recordsOf('range.open')).toEqual([])
  })

  test('who comes through a range that is gone is cut off', () => {
    const talk = underTls(ESTABLISHED_13, RANGE)
    const range = talk.effectsOf('openRange')[0]?.range
    if (range === undefined) throw new Error('no range')
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:40010`)).toBe('accepted')
    talk.close('client', 'reset')
    const { session } = talk
    const connection = talk.nextConnection()
    const [local, peer] = [at(HOSTS.P_OUTSIDE, 40_011), at(HOSTS.C, 40_101)]
    talk.handle({ type: 'dataPassed', session, connection, pinhole: range.id, local, peer })
    expect(talk.effectsOf('closeData')).toEqual([{ type: 'closeData', connection }])
  })
})

function at(address: string, number: number): Endpoint {
  return endpoint(ip(address), port(number))
}
