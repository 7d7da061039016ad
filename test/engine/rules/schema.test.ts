import { describe, expect, test } from 'vitest'
import {
  contradictions,
  frameSchema,
  limitsSchema,
  listenerSchema,
  natSchema,
  packetLogSchema,
  profileSchema,
  ruleSchema,
  timeoutsSchema,
  tlsPolicySchema,
} from '../../../src/engine/rules/schema.ts'
import { KEY_SEPARATOR } from '../../../src/engine/rules/section.ts'

describe('a key that does nothing is not accepted', () => {
  test.each([
    [frameSchema, ['datapath', 'server-passive-ports', 'admin', 'Version']],
    [listenerSchema, ['data-path', 'passive-ports', 'tls-mode', 'Listen']],
    [natSchema, ['publicAddress', 'address']],
    [profileSchema, ['data-protection', 'Encryption', 'ccc', 'name']],
    [tlsPolicySchema, ['max-version', 'ciphers', 'minVersion']],
    [ruleSchema, ['log', 'comment', 'from_port']],
    [timeoutsSchema, ['idle', 'controlIdle']],
    [limitsSchema, ['line-bytes', 'sessionsPerClient']],
    [packetLogSchema, ['file', 'onFailure']],
  ])('K2 section %#: %j', (schema, keys) => {
    for (const key of keys) {
      const unknown = schema
        .safeParse({ [key]: 1 })
        .error?.issues.find(({ code }) => code === 'unrecognized_keys')
      expect(unknown).toMatchObject({ keys: [key] })
      expect(unknown?.message.split(KEY_SEPARATOR)).not.toContain(key)
    }
  })
})

test.each([
  [{ permit: 'control' }, []],
  [{ deny: 'passive-data', from: 'any' }, []],
  [{ permit: 'active-data', 'from-port': 20 }, []],
  [{ permit: 'control', profile: 'x' }, []],
  [{ from: 'any' }, [undefined]],
  [{ permit: 'control', deny: 'control' }, ['deny']],
  [{ permit: 'active-data', profile: 'x' }, ['profile']],
  [{ deny: 'control', profile: 'x' }, ['profile']],
  [{ permit: 'control', 'from-port': 20 }, ['from-port']],
])('contradictions of %j', (rule, keys) => {
  expect(contradictions(rule).map(({ key }) => key)).toEqual(keys)
})

test('fewer sessions in all are fewer for each client', () => {
  expect(limitsSchema.parse({ sessions: 10 })).toMatchObject({
    sessions: 10,
    sessionsPerClient: 10,
  })
  expect(limitsSchema.parse({})).toMatchObject({ sessions: 10_000, sessionsPerClient: 100 })
})

test('a log path is a path', () => {
  for (const path of ['', ' ', 'a\0b', 7])
    expect(packetLogSchema.safeParse({ path }).success).toBe(false)
})

test('what `tls` leaves out has its default', () => {
  const { minVersion, alpn, serverNames } = tlsPolicySchema.parse({ alpn: 'ignore' })
  expect({ minVersion, alpn, serverNames }).toEqual({
    minVersion: 'TLS1.2',
    alpn: 'ignore',
    serverNames: undefined,
  })
})

test('a listener that says nothing of TLS is explicit, and opaque sessions go nowhere', () => {
  const listener = { name: 'a', listen: '10.0.0.1:21', server: '10.0.0.2:21' }
  expect(listenerSchema.parse(listener)).toMatchObject({
    tls: 'explicit',
    serverPassivePorts: undefined,
  })
})

test('a listener that says nothing of interception is a front door', () => {
  const listener = { name: 'a', listen: '10.0.0.1:21', server: '10.0.0.2:21' }
  expect(listenerSchema.parse(listener)).toMatchObject({
    intercept: 'none',
    interceptPort: 21,
    interceptInterfaces: undefined,
    keepClientAddress: false,
    nat: undefined,
  })
})

test('what is intercepted is the usual port of what is spoken there', () => {
  const listener = { name: 'a', listen: '0.0.0.0:2121', server: 'original-destination' }
  expect(listenerSchema.parse({ ...listener, tls: 'implicit' }).interceptPort).toBe(990)
  const given = { ...listener, tls: 'implicit', 'intercept-port': 991 }
  expect(listenerSchema.parse(given).interceptPort).toBe(991)
})
