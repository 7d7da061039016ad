import { describe, expect, test } from 'vitest'
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
  const condition: Condition = { on, values: ['60000-60099'], whose: 'server', text: 'x' }
  const { what, programs, side } = settingFor(condition)
  expect(what.length * programs.length).toBeGreaterThan(50)
  expect(side).toBe(
    { 'tls-version': 'both', 'client-ports': 'client', 'server-name': 'client' }[on as string] ??
      'server',
  )
})

describe('the address in a 227', () => {
  const address = (more: Partial<Condition>): ReturnType<typeof settingFor> =>
    settingFor({ on: 'announced-address', values: ['192.0.2.1'], text: 'x', ...more })

  test("is the server's own, the proxy's, or to be ignored", () => {
    expect(address({ whose: 'server' }).what).toBe('name its own address in 227, 192.0.2.1')
    expect(address({ whose: 'proxy' }).what).toBe('name 192.0.2.1 in 227')
    expect(address({ whose: 'proxy', orIgnored: true }).what).toContain('EPSV')
    expect(address({ values: [], orIgnored: true })).toMatchObject({ side: 'client' })
  })

  test('is not named where the rule file names none', () => {
    expect(address({ whose: 'proxy', values: [] }).what).toBe(
      'name the address that clients connect to in 227',
    )
  })
})
