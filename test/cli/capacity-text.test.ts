import { describe, expect, test } from 'vitest'
import { describeLoad, describeNeed } from '../../src/cli/capacity-text.ts'
import type { Load, RangeNeed } from '../../src/engine/rules/capacity.ts'
import { ports } from '../support/rules.ts'

const LOAD: Load = { transfersPerSecond: 10, clients: 4, transferSeconds: 2 }

const PASSIVE: RangeNeed = {
  key: 'passive-ports',
  mode: 'passive',
  sharing: 'client',
  listener: undefined,
  ports: ports('50000-50099'),
  rate: 2.5,
  busySeconds: 62,
  needed: 155,
  has: 100,
  suffices: false,
  fittingRate: 100 / 62,
  fittingRateInAll: 400 / 62,
}

test('the question', () => {
  expect(describeLoad(LOAD)).toBe('10 transfers a second by 4 clients, 2 seconds each:')
  expect(describeLoad({ transfersPerSecond: 1, clients: 1, transferSeconds: 1 })).toBe(
    '1 transfer a second by 1 client, 1 second each:',
  )
})

describe('a range', () => {
  test('that each client has for itself, and that is too small', () => {
    expect(describeNeed(PASSIVE, LOAD)).toBe(
      [
        'passive-ports 50000-50099: too small',
        '  needs 155 ports for each client: 2.5 a second x (2 s transfer + 60 s TIME_WAIT)',
        '  has   100 ports, enough for 1.61 a second, or 6.45 with all 4 clients',
        '  in all: each client has the whole range, so more clients need no more ports',
        '  55 ports too few: a client gets ports again whose last connection TCP has not forgotten',
      ].join('\n'),
    )
  })

  test('that suffices', () => {
    const need = { ...PASSIVE, rate: 1, needed: 62, suffices: true, fittingRateInAll: 100 / 62 }
    const text = describeNeed(need, { ...LOAD, transfersPerSecond: 1, clients: 1 })
    expect(text).toContain('passive-ports 50000-50099: enough\n')
    expect(text).toContain('has   100 ports, enough for 1.61 a second\n')
    expect(text).not.toContain('too few')
  })

  test('that a server connects to', () => {
    const active = { ...PASSIVE, mode: 'active', sharing: 'server', rate: 10, needed: 620 } as const
    const text = describeNeed(active, LOAD)
    expect(text).toContain('passive-ports 50000-50099, active mode: too small\n')
    expect(text).toContain('needs 620 ports for all clients of a server together: 10 a second')
    expect(text).toContain('520 ports too few: the server, which connects from port 20,')
    expect(text).not.toContain('in all:')
  })

  test('that is the server’s own', () => {
    const own = {
      ...PASSIVE,
      key: 'server-passive-ports',
      sharing: 'listener',
      listener: 'public',
      rate: 2_000,
      needed: 124_000,
      fittingRate: 1_234.5,
    } as const
    const text = describeNeed(own, LOAD)
    expect(text).toContain('server-passive-ports 50000-50099 of listener public: too small\n')
    expect(text).toContain('for all clients of this server together: 2000 a second x')
    expect(text).toContain('enough for 1234 a second\n')
    expect(text).toContain('123900 ports too few: the server runs out of ports')
  })

  test('of which one port is missing', () => {
    const text = describeNeed({ ...PASSIVE, needed: 101 }, LOAD)
    expect(text).toContain('  1 port too few: ')
  })
})
