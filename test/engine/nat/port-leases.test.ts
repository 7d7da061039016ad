import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { PortLeases } from '../../../src/engine/nat/port-leases.ts'
import { instant } from '../../../src/net/instant.ts'
import { ip, ipFromBytes } from '../../../src/net/ip.ts'
import { type Port, port } from '../../../src/net/port.ts'
import { ports } from '../../support/rules.ts'

const C = ip('198.51.100.10')
const D = ip('198.51.100.11')
const P = ip('203.0.113.1')
const Q = ip('203.0.113.2')
const now = instant(1_000)

/** As `randomInt`, it cannot choose from nothing. */
const first = (below: number): number => {
  if (below < 1) throw new RangeError('nothing to choose from')
  return 0
}

describe('who shares a port', () => {
  test('a client gets each port of the range once', () => {
    const leases = new PortLeases(first)
    const taken = Array.from({ length: 4 }, () => leases.lease(C, P, ports('50000-50002'), now))
    expect(taken).toEqual([50_000, 50_001, 50_002, undefined])
    expect(leases.heldCount).toBe(3)
  })

  test('other clients, and the same client at another address, get the same ports', () => {
    const leases = new PortLeases(first)
    const range = ports('50000')
    expect(leases.lease(C, P, range, now)).toBe(50_000)
    expect(leases.lease(D, P, range, now)).toBe(50_000)
    expect(leases.lease(C, Q, range, now)).toBe(50_000)
    expect(leases.lease(C, P, range, now)).toBeUndefined()
    leases.release(C, P, port(50_000), now)
    expect(leases.lease(D, P, range, now)).toBeUndefined()
    expect(leases.lease(C, P, range, now)).toBe(50_000)
  })

  test('a lease of one range is in force in another that overlaps it', () => {
    const leases = new PortLeases(first)
    expect(leases.lease(C, P, ports('50000-50001'), now)).toBe(50_000)
    expect(leases.lease(C, P, ports('50000-50099'), now)).toBe(50_001)
  })

  test('what was not leased cannot be released', () => {
    const leases = new PortLeases(first)
    leases.release(C, P, port(50_000), now)
    expect(leases.heldCount).toBe(0)
    expect(leases.lease(C, P, ports('50000-50001'), now)).toBe(50_000)
    leases.release(C, P, port(50_001), now)
    expect(leases.heldCount).toBe(1)
  })
})

test('who has no port, and none that rests, is forgotten', () => {
  const leases = new PortLeases(first)
  const range = ports('50000-50001')
  for (const client of [C, D]) leases.lease(client, P, range, now)
  leases.lease(C, P, range, now)
  leases.release(C, P, port(50_000), now)
  expect(leases.holderCount).toBe(2)
  // C still holds a port when the other one has rested.
  leases.release(D, P, port(50_000), instant(61_000))
  expect(leases.holderCount).toBe(2)
  leases.release(C, P, port(50_001), instant(61_001))
  leases.release(C, P, port(50_001), instant(121_000))
  expect(leases.holderCount).toBe(1)
  leases.release(C, P, port(50_001), instant(121_001))
  expect(leases.holderCount).toBe(0)
})

describe('hold-off', () => {
  const range = ports('50000-50001')

  test('a released port rests for a minute while another is free', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, now)
    leases.release(C, P, port(50_000), now)
    expect(leases.lease(C, P, range, instant(60_999))).toBe(50_001)
    leases.release(C, P, port(50_001), instant(60_999))
    expect(leases.lease(C, P, range, instant(61_000))).toBe(50_000)
  })

  test('a resting port is better than none', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, now)
    leases.lease(C, P, range, now)
    leases.release(C, P, port(50_001), now)
    expect(leases.lease(C, P, range, now)).toBe(50_001)
  })

  test('a port that rests again rests from then on', () => {
    const leases = new PortLeases(first)
    const alone = ports('50000')
    leases.lease(C, P, alone, now)
    leases.release(C, P, port(50_000), now)
    leases.lease(C, P, alone, instant(31_000))
    leases.release(C, P, port(50_000), instant(31_000))
    expect(leases.lease(C, P, range, instant(62_000))).toBe(50_001)
    leases.release(C, P, port(50_001), instant(62_000))
    expect(leases.lease(C, P, range, instant(91_000))).toBe(50_000)
  })

  test('a port that rests again rests no longer in the place of its first rest', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, now)
    leases.lease(C, P, range, now)
    leases.release(C, P, port(50_000), now)
    leases.release(C, P, port(50_001), instant(2_000))
    leases.lease(C, P, ports('50000'), instant(3_000))
    leases.release(C, P, port(50_000), instant(31_000))
    expect(leases.lease(C, P, range, instant(62_000))).toBe(50_001)
  })

  test('when all others are leased or rest, it is the port that has rested longest', () => {
    const leases = new PortLeases(first)
    const three = ports('50000-50002')
    for (let count = 0; count < 3; count++) leases.lease(C, P, three, now)
    leases.release(C, P, port(50_001), now)
    leases.release(C, P, port(50_002), instant(2_000))
    leases.release(C, P, port(50_000), instant(3_000))
    expect(leases.lease(C, P, ports('50000-50001'), instant(4_000))).toBe(50_001)
    expect(leases.lease(C, P, three, instant(4_000))).toBe(50_002)
    expect(leases.lease(C, P, three, instant(4_000))).toBe(50_000)
    expect(leases.lease(C, P, three, instant(4_000))).toBeUndefined()
  })

  test('one random number is asked for, as high as there are rested ports', () => {
    const asked: number[] = []
    const leases = new PortLeases((below) => {
      asked.push(below)
      return 0
    })
    leases.lease(C, P, range, now)
    leases.lease(C, P, range, now)
    leases.release(C, P, port(50_000), now)
    leases.lease(C, P, range, now)
    expect(asked).toEqual([2, 1])
  })

  test('a port of a range that is no longer used does not come back with another', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, ports('50000'), now)
    leases.lease(C, P, ports('50000-50001'), now)
    leases.release(C, P, port(50_000), now)
    leases.release(C, P, port(50_001), now)
    const other = ports('50001-50002')
    expect(leases.lease(C, P, other, now)).toBe(50_002)
    expect(leases.lease(C, P, other, instant(61_000))).toBe(50_001)
    expect(leases.lease(C, P, other, instant(61_000))).toBeUndefined()
  })

  test('a port that has rested is drawn again like any other', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, now)
    leases.release(C, P, port(50_000), now)
    expect(leases.lease(C, P, range, instant(61_000))).toBe(50_000)
    expect(leases.lease(C, P, range, instant(61_000))).toBe(50_001)
    expect(leases.lease(C, P, range, instant(61_000))).toBeUndefined()
  })

  test('what rests outside of the range is not leased, whenever it was released', () => {
    const later = new PortLeases(first)
    later.lease(C, P, ports('50000'), now)
    later.lease(C, P, ports('50001'), now)
    later.release(C, P, port(50_000), now)
    expect(later.lease(C, P, ports('50001'), now)).toBeUndefined()
    const before = new PortLeases(first)
    before.lease(C, P, range, now)
    before.lease(C, P, range, now)
    before.release(C, P, port(50_000), now)
    expect(before.lease(C, P, ports('50001'), now)).toBeUndefined()
  })

  test('what has rested outside of the range takes no other with it', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, ports('50000'), now)
    leases.release(C, P, port(50_000), now)
    leases.lease(C, P, ports('50001'), instant(2_000))
    leases.release(C, P, port(50_001), instant(2_000))
    expect(leases.lease(C, P, ports('50001'), instant(61_000))).toBe(50_001)
  })

  test('the last hundred thousand releases are remembered', () => {
    const leases = new PortLeases(first)
    const client = (index: number): typeof C =>
      ipFromBytes([10, index >> 16, (index >> 8) & 0xff, index & 0xff])
    const rest = (index: number): void => {
      leases.lease(client(index), P, range, now)
      leases.release(client(index), P, port(50_000), now)
    }
    for (let index = 0; index < 100_000; index++) rest(index)
    expect([...leases.resting(now)]).toHaveLength(100_000)
    rest(100_000)
    const holders = [...leases.resting(now)].map(({ holder }) => holder)
    expect(holders).toHaveLength(100_000)
    expect([holders.at(0), holders.at(-1)]).toEqual([client(1), client(100_000)])
  })

  test('it is the client that must not get it again; another may', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, now)
    leases.release(C, P, port(50_000), now)
    expect(leases.lease(D, P, range, now)).toBe(50_000)
  })

  test('time zero is a time like any other', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, instant(0))
    leases.release(C, P, port(50_000), instant(0))
    expect(leases.lease(C, P, range, instant(59_999))).toBe(50_001)
  })
})

describe('who has which port', () => {
  const range = ports('50000-50001')
  const lease = (holder: typeof C, number: number, local = P) => ({
    holder,
    local,
    port: port(number),
  })

  test('those in force, each of its client and address', () => {
    const leases = new PortLeases(first)
    expect([...leases.held()]).toEqual([])
    for (const [client, local] of [
      [C, P],
      [C, P],
      [D, P],
      [C, Q],
    ] as const)
      leases.lease(client, local, range, now)
    expect([...leases.held()]).toEqual([
      lease(C, 50_000),
      lease(C, 50_001),
      lease(D, 50_000),
      lease(C, 50_000, Q),
    ])
    leases.release(C, P, port(50_000), now)
    leases.release(D, P, port(50_000), now)
    expect([...leases.held()]).toEqual([lease(C, 50_001), lease(C, 50_000, Q)])
    expect([...leases.held()]).toHaveLength(leases.heldCount)
  })

  test('those that rest, to the end of their hold-off', () => {
    const leases = new PortLeases(first)
    leases.lease(C, P, range, now)
    leases.lease(D, Q, range, now)
    expect([...leases.resting(now)]).toEqual([])
    leases.release(C, P, port(50_000), now)
    leases.release(D, Q, port(50_000), instant(2_000))
    expect([...leases.resting(instant(60_999))]).toEqual([lease(C, 50_000), lease(D, 50_000, Q)])
    expect([...leases.resting(instant(61_000))]).toEqual([lease(D, 50_000, Q)])
    expect([...leases.resting(instant(62_000))]).toEqual([])
  })

  test('a port that was taken before it had rested does not rest', () => {
    const leases = new PortLeases(first)
    const alone = ports('50000')
    leases.lease(C, P, alone, now)
    leases.release(C, P, port(50_000), now)
    leases.lease(C, P, alone, now)
    expect([...leases.held()]).toEqual([lease(C, 50_000)])
    expect([...leases.resting(now)]).toEqual([])
  })
})

describe('D4 ports cannot be predicted', () => {
  test('D4 a hundred leases show no step from one to the next', () => {
    const leases = new PortLeases((below) => randomInt(below))
    const range = ports('50000-50999')
    const taken: Port[] = []
    for (let count = 0; count < 100; count++) {
      const leased = leases.lease(C, P, range, now)
      if (leased === undefined) throw new Error('the range is large enough')
      taken.push(leased)
      leases.release(C, P, leased, now)
    }
    // Without the hold-off two of a hundred would very likely be equal.
    expect(new Set(taken).size).toBe(100)
    const steps = new Map<number, number>()
    for (const [index, value] of taken.slice(1).entries()) {
      const step = value - (taken[index] ?? 0)
      steps.set(step, (steps.get(step) ?? 0) + 1)
    }
    // The same step ten times of 99 has a probability below 10^-15.
    expect(Math.max(...steps.values())).toBeLessThan(10)
  })

  test('D4 the choice is left to the random numbers that are put in', () => {
    const drawn = [7, 3, 98]
    const leases = new PortLeases(() => drawn.shift() ?? 0)
    const range = ports('50000-50099')
    const taken = [C, D, C].map((client) => leases.lease(client, P, range, now))
    expect(taken).toEqual([50_007, 50_003, 50_099])
  })

  test('D4 with a source that always says the same every port is still found', () => {
    const leases = new PortLeases(first)
    const range = ports('50000-50019')
    const taken = Array.from({ length: 20 }, () => leases.lease(C, P, range, now))
    expect(new Set(taken).size).toBe(20)
    expect(taken).not.toContain(undefined)
  })
})
