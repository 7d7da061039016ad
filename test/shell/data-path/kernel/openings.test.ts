import { describe, expect, test } from 'vitest'
import type { Pinhole } from '../../../../src/engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../../src/engine/nat/scoped-range.ts'
import { endpoint } from '../../../../src/net/endpoint.ts'
import { ip } from '../../../../src/net/ip.ts'
import { port } from '../../../../src/net/port.ts'
import {
  type OpenPinhole,
  type OpenRange,
  Openings,
} from '../../../../src/shell/data-path/kernel/openings.ts'
import { activePinhole, at, pinhole, range } from './fixtures.ts'

function openPinhole(wish: Pinhole): OpenPinhole {
  const listen = endpoint(wish.listen.address, wish.listen.port ?? port(1))
  return { type: 'pinhole', pinhole: wish, listen, elements: [], isUsed: false, isClosing: false }
}

function openRange(wish: ScopedRange): OpenRange {
  return { type: 'range', range: wish, elements: [], isClosing: false }
}

describe('what a connection came through', () => {
  test('a pinhole, by where it really goes', () => {
    const openings = new Openings()
    const open = openPinhole(pinhole())
    openings.addPinhole(open)
    expect(openings.match(at('10.91.1.1:1234'), at('10.91.2.1:40000'))).toEqual({
      opening: open,
      passed: {
        session: open.pinhole.session,
        pinhole: open.pinhole.id,
        mode: 'passive',
        peer: at('10.91.1.1:1234'),
        local: at('10.91.1.254:50000'),
        dial: at('10.91.2.1:40000'),
        shownAs: undefined,
      },
    })
    expect(openings.match(at('10.91.1.2:1234'), at('10.91.2.1:40000'))).toBeUndefined()
    expect(openings.match(at('10.91.1.1:1234'), at('10.91.2.1:40001'))).toBeUndefined()
    openings.remove(open)
    expect(openings.match(at('10.91.1.1:1234'), at('10.91.2.1:40000'))).toBeUndefined()
    expect(openings.size).toBe(0)
  })

  test('an active pinhole, by its source port, with what the client is shown', () => {
    const openings = new Openings()
    openings.addPinhole(openPinhole(activePinhole()))
    expect(openings.match(at('10.91.2.1:21'), at('10.91.1.1:41000'))).toBeUndefined()
    const match = openings.match(at('10.91.2.1:20'), at('10.91.1.1:41000'))
    expect(match?.passed.shownAs).toEqual(at('10.91.1.254:20'))
  })

  test('of two pinholes to one place the latest that waits', () => {
    const openings = new Openings()
    const [first, second] = [openPinhole(pinhole()), openPinhole(pinhole())]
    openings.addPinhole(first)
    openings.addPinhole(second)
    const through = () => openings.match(at('10.91.1.1:1234'), at('10.91.2.1:40000'))?.opening
    expect(through()).toBe(second)
    second.isUsed = true
    expect(through()).toBe(first)
    first.isUsed = true
    expect(through()).toBe(second)
  })

  test('a range, in either direction', () => {
    const openings = new Openings()
    const open = openRange(range())
    openings.addRange(open)
    expect(openings.get(open.range.id)).toBe(open)
    expect(openings.ranges()).toEqual([open])
    const forth = openings.match(at('10.91.1.1:1234'), at('10.91.2.1:60007'))?.passed
    expect(forth).toMatchObject({ mode: 'passive', local: at('10.91.1.254:60007') })
    const back = openings.match(at('10.91.2.1:20'), at('10.91.1.1:42000'))?.passed
    expect(back).toMatchObject({
      mode: 'active',
      local: at('10.91.1.1:42000'),
      shownAs: at('10.91.1.254:20'),
    })
    expect(openings.match(at('10.91.2.1:21'), at('10.91.1.1:42000'))).toBeUndefined()
    expect(openings.match(at('10.91.1.1:1234'), at('10.91.2.1:60101'))).toBeUndefined()
    openings.remove(open)
    expect(openings.match(at('10.91.1.1:1234'), at('10.91.2.1:60007'))).toBeUndefined()
  })

  test('a server that the client sees as it is', () => {
    const openings = new Openings()
    openings.addRange(
      openRange(range({ active: { ports: range().permitted, from: at('10.91.2.1:20') } })),
    )
    const match = openings.match(endpoint(ip('10.91.2.1'), port(20)), at('10.91.1.1:60000'))
    expect(match?.passed).toMatchObject({ mode: 'active', shownAs: undefined })
  })
})
