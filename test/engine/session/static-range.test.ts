/** When the static range is open, for whom, and what is written about it. */
import { describe, expect, test } from 'vitest'
import { port } from '../../../src/net/port.ts'
import { HOSTS } from '../../support/conversation.ts'
import {
  afterProtectedCcc,
  GSSAPI_OPTIONS,
  protectedSession,
  tokensAgreed,
} from '../../support/gssapi-dialogue.ts'
import { expectNothingLeft } from '../hostile/expectations.ts'

const RANGE = `${HOSTS.C} ${HOSTS.P_OUTSIDE} 40000-40099`
const C = `${HOSTS.C}:40100`
const LOCAL = `${HOSTS.P_OUTSIDE}:40007`

test('is open from the moment the session is opaque until its end', () => {
  expect(tokensAgreed().ranges).toEqual([])
  const talk = protectedSession()
  expect(talk.ranges).toEqual([RANGE])
  expect(talk.recordsOf('range.open')).toMatchObject([
    {
      peer: HOSTS.C,
      listening: `${HOSTS.P_OUTSIDE} 40000-40099`,
      dial: `${HOSTS.S} 40000-40099`,
    },
  ])
  expect(talk.connectData(C, LOCAL)).toBe('accepted')
  talk.endData(1, 2).close('client')
  expect(talk.ranges).toEqual([])
  expect(talk.recordsOf('range.close')).toMatchObject([{ connections: 1 }])
  expectNothingLeft(talk)
})

test('closes when the session is clear again; who is transferring finishes', () => {
  const talk = afterProtectedCcc()
  expect(talk.connectData(C, LOCAL)).toBe('accepted')
  talk.client('NOOP\r\n').server('200 ok\r\n')
  expect(talk.ranges).toEqual([])
  expect(talk.effectsOf('closeData')).toEqual([])
  expect(talk.connectData(C, LOCAL)).toBe('refused')
  talk.endData(7, 0)
  expect(talk.recordsOf('data.close')).toMatchObject([{ toClientBytes: 7 }])
})

describe('is not opened', () => {
  test.each([
    ['where the profile denies it', { opaqueData: 'deny' }],
    ['where the session has to be clear before data moves', { clearCommandChannel: 'required' }],
  ] as const)('%s', (_, profile) => {
    const talk = protectedSession({
      ...GSSAPI_OPTIONS,
      profile: { ...GSSAPI_OPTIONS.profile, ...profile },
    })
    expect(talk.ranges).toEqual([])
    expect(talk.recordsOf('range.open')).toEqual([])
  })

  test('where the listener names no ports of its server', () => {
    expect(protectedSession({ ...GSSAPI_OPTIONS, listener: {} }).ranges).toEqual([])
  })
})

test('ports that other programs hold are noted', () => {
  const missing = Array.from({ length: 10 }, (_, index) => port(40_000 + index))
  const talk = protectedSession({ ...GSSAPI_OPTIONS, missing })
  expect(talk.recordsOf('verdict')).toMatchObject([
    {
      verdict: 'note',
      reason: 'range.partial',
      detail: 'ports 40000, 40001, 40002, 40003, 40004, 40005, 40006, 40007 …',
    },
  ])
  expect(talk.ranges).toEqual([RANGE])
})
