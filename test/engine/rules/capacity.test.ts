import { describe, expect, test } from 'vitest'
import { type Load, type RangeNeed, rangeNeeds } from '../../../src/engine/rules/capacity.ts'
import { load } from '../../../src/engine/rules/load.ts'
import type { Ruleset } from '../../../src/engine/rules/ruleset.ts'

const DOOR = 'listeners: [{ name: door, listen: 192.0.2.1:21, server: 10.0.0.5:21 }]'
const LOAD: Load = { transfersPerSecond: 1, clients: 1, transferSeconds: 1 }

describe('one client', () => {
  test.each([
    // rate, transfer, needed
    [1, 1, 61],
    [1, 0, 60],
    [1.6, 2.5, 100],
    [1.61, 2.5, 101],
    [0.1, 10, 7],
    [0.001, 0, 1],
    [100, 60, 12_000],
  ])('%d a second of %d s each need %d ports', (transfersPerSecond, transferSeconds, needed) => {
    const [passive] = needs(DOOR, { transfersPerSecond, transferSeconds })
    expect(passive).toMatchObject({ needed, has: 100, suffices: needed <= 100 })
  })

  test('the rate that would fit fits, and no more', () => {
    for (const transferSeconds of [0, 1, 7.3, 600]) {
      const [first] = needs(DOOR, { transferSeconds })
      const fits = first?.fittingRate ?? 0
      expect(needs(DOOR, { transferSeconds, transfersPerSecond: fits })[0]?.suffices).toBe(true)
      const more = { transferSeconds, transfersPerSecond: fits * 1.001 }
      expect(needs(DOOR, more)[0]?.suffices).toBe(false)
    }
  })
})

describe('many clients', () => {
  test('with workers, each has the slice of its worker', () => {
    const [passive] = needs(`${DOOR}\nworkers: 3`, { transfersPerSecond: 1, clients: 2 })
    expect(passive).toMatchObject({ has: 33, needed: 31, suffices: true })
  })

  test('each has the whole of the passive ports', () => {
    const [passive] = needs(DOOR, { transfersPerSecond: 160, clients: 100 })
    expect(passive).toMatchObject({ sharing: 'client', rate: 1.6, needed: 98, suffices: true })
    expect(passive?.fittingRateInAll).toBeCloseTo((100 / 61) * 100)
  })

  test("share the server's own", () => {
    const rules = DOOR.replace(' }]', ', server-passive-ports: 60000-60099 }]')
    const [passive, server] = needs(rules, { transfersPerSecond: 160, clients: 100 })
    expect(passive?.suffices).toBe(true)
    expect(server).toMatchObject({
      key: 'server-passive-ports',
      sharing: 'listener',
      listener: 'door',
      rate: 160,
      needed: 9_760,
      has: 100,
      suffices: false,
    })
    expect(server?.fittingRateInAll).toBe(server?.fittingRate)
  })
})

describe('active mode', () => {
  const ACTIVE = 'rules: [{ permit: active-data, from: 10.0.0.5, to: any }]'

  test('through the kernel takes passive ports, which all clients of a server share', () => {
    const rules = `${DOOR}\ndata-path: kernel\n${ACTIVE}`
    expect(needs(rules, { transfersPerSecond: 10, clients: 10 })).toMatchObject([
      { mode: 'passive', sharing: 'client', needed: 61 },
      { mode: 'active', sharing: 'server', listener: undefined, needed: 610, suffices: false },
    ])
  })

  test.each([
    ['through the relay', `${DOOR}\n${ACTIVE}`],
    ['that no rule permits', `${DOOR}\ndata-path: kernel`],
    [
      'that no rule permits but one denies',
      `${DOOR}\ndata-path: kernel\n${ACTIVE.replace('permit', 'deny')}`,
    ],
    [
      'that every profile denies',
      `${DOOR}\ndata-path: kernel\n${ACTIVE}\nprofiles: { default: { active-mode: denied } }`,
    ],
  ])('%s takes none', (_, rules) => {
    expect(needs(rules, {}).map(({ mode }) => mode)).toEqual(['passive'])
  })
})

describe('a gateway', () => {
  const GATEWAY =
    'data-path: kernel\nlisteners: [{ name: g, listen: 0.0.0.0:2121, server: original-destination, intercept: tproxy, keep-client-address: true }]'

  test('where addresses are left alone uses no range', () => {
    expect(needs(GATEWAY, {})).toEqual([])
  })

  test('a rule file without listener is judged as a front door', () => {
    expect(needs('rules: []', {}).map(({ key }) => key)).toEqual(['passive-ports'])
  })
})

function needs(rules: string, wish: Partial<Load>): readonly RangeNeed[] {
  return rangeNeeds(ruleset(rules), { ...LOAD, ...wish })
}

function ruleset(rules: string): Ruleset {
  const loaded = load([{ name: 'test.yaml', text: `version: 1\n${rules}\n` }])
  if (loaded.ruleset === undefined)
    throw new Error(loaded.diagnostics.map(({ message }) => message).join('\n'))
  return loaded.ruleset
}
