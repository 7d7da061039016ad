import { expect, test } from 'vitest'
import type { Condition } from '../../src/explain/condition.ts'
import { settingFor } from '../../src/explain/settings.ts'

const KINDS = [
  'server-ports',
  'client-ports',
  'source-port',
  'announced-address',
  'tls-version',
  'server-name',
] as const

test.each(KINDS)('%s: who sets what, and where', (on) => {
  const condition: Condition = { on, values: ['60000-60099'], text: 'x' }
  const { what, programs, side } = settingFor(condition)
  expect(what.length * programs.length).toBeGreaterThan(50)
  expect(side).toBe(
    { 'tls-version': 'both', 'client-ports': 'client', 'server-name': 'client' }[on as string] ??
      'server',
  )
})

test('an address that only clients can put right', () => {
  const condition: Condition = { on: 'announced-address', values: [], orIgnored: true, text: 'x' }
  expect(settingFor(condition)).toMatchObject({ side: 'client' })
})
