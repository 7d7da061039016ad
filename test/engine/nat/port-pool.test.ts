import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PortPool } from '../../../src/engine/nat/port-pool.ts'
import { port } from '../../../src/net/port.ts'
import { seeded } from '../../fuzz/random.ts'
import { ports } from '../../support/rules.ts'

const range = ports('50000-50009')
const first = (): number => 0

function drawAll(pool: PortPool, random: (below: number) => number = first): number[] {
  return Array.from({ length: 12 }, () => pool.draw(random)).filter((one) => one !== undefined)
}

describe('a pool of ports', () => {
  test('draws each once', () => {
    const drawn = drawAll(new PortPool(range), seeded(1))
    expect(drawn.toSorted((a, b) => a - b)).toEqual(drawAll(new PortPool(range)))
    expect(new Set(drawn).size).toBe(10)
  })

  test('draws what the random number says of those that are left', () => {
    const pool = new PortPool(range)
    const asked: number[] = []
    const last = (below: number): number => {
      asked.push(below)
      return below - 1
    }
    // The first takes the place of what was drawn.
    expect([pool.draw(last), pool.draw(last), pool.draw(first)]).toEqual([50_009, 50_000, 50_002])
    expect(asked).toEqual([10, 9])
  })

  test('draws a port again that was put back', () => {
    const pool = new PortPool(ports('50000-50001'))
    drawAll(pool)
    pool.putBack(port(50_001))
    expect(drawAll(pool)).toEqual([50_001])
  })

  test('has nothing to do with ports of another range', () => {
    const pool = new PortPool(range)
    pool.putBack(port(50_010))
    pool.putBack(port(49_999))
    expect(drawAll(pool)).toHaveLength(10)
  })

  test('begins without those that were drawn elsewhere', () => {
    const pool = new PortPool(range, [50_000, 50_003, 50_009, 50_010, 49_999].map(port))
    expect(drawAll(pool).toSorted((a, b) => a - b)).toEqual([
      50_001, 50_002, 50_004, 50_005, 50_006, 50_007, 50_008,
    ])
    pool.putBack(port(50_003))
    expect(drawAll(pool)).toEqual([50_003])
  })

  test('is always a set without what was drawn', () => {
    const anyPort = fc.integer({ min: 50_000, max: 50_009 }).map(port)
    const property = fc.property(
      fc.uniqueArray(anyPort),
      fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 60 }),
      (drawn, steps) => {
        const pool = new PortPool(range, drawn)
        const out = [...drawn]
        for (const step of steps) {
          if (step === undefined) {
            const back = out.shift()
            if (back !== undefined) pool.putBack(back)
            continue
          }
          const next = pool.draw((below) => step % below)
          if (next === undefined) expect(out).toHaveLength(10)
          else out.push(next)
          expect(new Set(out).size).toBe(out.length)
        }
      },
    )
    fc.assert(property)
  })
})
