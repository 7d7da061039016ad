import { describe, expect, test } from 'vitest'
import {
  contradictions,
  frameSchema,
  KEY_SEPARATOR,
  limitsSchema,
  listenerSchema,
  packetLogSchema,
  profileSchema,
  ruleSchema,
  timeoutsSchema,
} from '../../../src/engine/rules/schema.ts'

describe('K2 a key that does nothing is not accepted', () => {
  test.each([
    [frameSchema, ['data-path', 'server-passive-ports', 'admin', 'Version']],
    [listenerSchema, ['intercept', 'tls', 'server-passive-ports', 'Listen']],
    [
      profileSchema,
      [
        'encryption',
        'mechanisms',
        'clear-command-channel',
        'data-protection',
        'opaque-data',
        'name',
      ],
    ],
    [ruleSchema, ['log', 'comment', 'from_port']],
    [timeoutsSchema, ['idle', 'controlIdle']],
    [limitsSchema, ['line-bytes', 'sessionsPerClient']],
    [packetLogSchema, ['file', 'onFailure']],
  ])('section %#: %j', (schema, keys) => {
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
