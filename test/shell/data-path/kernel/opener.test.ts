import { describe, expect, test } from 'vitest'
import { createEvaluator } from '../../../../src/engine/rules/evaluate.ts'
import { permittedSourcePorts } from '../../../../src/engine/rules/permitted-ports.ts'
import type { Ruleset } from '../../../../src/engine/rules/ruleset.ts'
import type { Endpoint } from '../../../../src/net/endpoint.ts'
import type { DataEvent } from '../../../../src/shell/data-path/data-path.ts'
import { Opener } from '../../../../src/shell/data-path/kernel/opener.ts'
import { Openings } from '../../../../src/shell/data-path/kernel/openings.ts'
import { TransactionQueue } from '../../../../src/shell/data-path/kernel/transaction-queue.ts'
import { formatPortRange } from '../../../../src/net/port.ts'
import { ports } from '../../../support/rules.ts'
import { FakeKernel } from './fake-kernel.ts'
import { activePinhole, at, evaluator, pinhole, range, RULES, ruleset } from './fixtures.ts'

function lab(rules: Ruleset = ruleset()) {
  const kernel = new FakeKernel()
  const queue = new TransactionQueue(kernel.run)
  const openings = new Openings()
  const events: DataEvent[] = []
  const expected: Endpoint[] = []
  let looks = 0
  const opener = new Opener(
    {
      queue,
      openings,
      load: kernel.load,
      report: (event) => events.push(event),
      lookBack: () => {
        looks += 1
      },
      expect: (shownAs) => expected.push(shownAs),
      logger: undefined,
    },
    rules,
  )
  return { kernel, queue, openings, events, expected, opener, looks: () => looks }
}

describe('opening', () => {
  test('is answered when the kernel has it', () => {
    const { kernel, queue, events, opener } = lab()
    const wish = pinhole()
    opener.openPinhole(wish)
    expect(events).toEqual([])
    queue.flush()
    expect(kernel.runs).toHaveLength(1)
    expect(events).toEqual([
      {
        type: 'pinholeOpened',
        session: wish.session,
        pinhole: wish.id,
        listening: at('10.91.1.254:50000'),
      },
    ])
  })

  test('that the kernel refuses fails alone', () => {
    const { kernel, queue, openings, events, opener } = lab()
    kernel.refused = '41000'
    const [good, bad] = [pinhole(), activePinhole()]
    opener.openPinhole(good)
    opener.openPinhole(bad)
    queue.flush()
    expect(events).toMatchObject([
      { type: 'pinholeOpened', pinhole: good.id },
      { type: 'pinholeFailed', pinhole: bad.id, cause: 'ENFILE' },
    ])
    expect(openings.size).toBe(1)
    kernel.refused = undefined
    opener.openPinhole(bad)
    queue.flush()
    expect(events.at(-1)).toMatchObject({ type: 'pinholeOpened', pinhole: bad.id })
  })

  test('of what leads somebody else elsewhere fails', () => {
    const { queue, events, opener } = lab()
    opener.openPinhole(pinhole())
    opener.openPinhole(pinhole({ dial: at('10.91.2.1:40001') }))
    queue.flush()
    expect(events).toMatchObject([
      { type: 'pinholeOpened' },
      { type: 'pinholeFailed', cause: 'EEXIST' },
    ])
  })

  test('makes room for a connection with a fixed port', () => {
    const { expected, opener } = lab()
    opener.openPinhole(pinhole())
    opener.openPinhole(activePinhole())
    expect(expected).toEqual([at('10.91.1.254:20')])
  })

  test('declares a set for source ports that have none, once', () => {
    const { kernel, queue, opener } = lab()
    opener.openPinhole(pinhole({ fromPorts: [ports('7-9')] }))
    queue.flush()
    expect(kernel.loads).toHaveLength(1)
    expect(kernel.loads[0]).toMatch(/^flush chain[^]*set expected4_7_9/)
    expect(kernel.runs[0]).toContain('add expected4_7_9 {')
    opener.openPinhole(activePinhole({ fromPorts: [ports('7-9')] }))
    queue.flush()
    expect(kernel.runs).toHaveLength(2)
    expect(kernel.loads).toHaveLength(1)
  })
})

describe('source ports', () => {
  const NAMED = '{ permit: active-data, from: 10.91.2.1, from-port: 20, to: 10.91.1.0/24 }'

  test.each([
    ['that a rule permits', NAMED, '20'],
    [
      'that are left of what a rule denies',
      `{ deny: active-data, from-port: 1-19 }
  - { permit: active-data, from: 10.91.2.1, to: 10.91.1.0/24 }`,
      '20-65535',
    ],
  ])('%s have their set from the start', (_, rule, shown) => {
    const rules = ruleset(RULES.replace(NAMED, rule))
    const wish = activePinhole()
    const facts = { kind: 'active-data', from: wish.peer, to: wish.dial.address } as const
    const { port } = wish.dial
    const fromPorts = permittedSourcePorts(createEvaluator(rules), { ...facts, port })
    expect(fromPorts.map(formatPortRange)).toEqual([shown])
    const { kernel, queue, events, opener } = lab(rules)
    opener.openPinhole({ ...wish, fromPorts })
    queue.flush()
    expect(kernel.loads).toEqual([])
    expect(events).toMatchObject([{ type: 'pinholeOpened', pinhole: wish.id }])
    const { first, last } = ports(shown)
    expect(kernel.runs[0]).toContain(`add expected4_${first}_${last} {`)
  })

  test('where none is permitted nothing is added, and that is answered', () => {
    const { kernel, queue, openings, events, expected, opener, looks } = lab()
    const wish = activePinhole({ fromPorts: [] })
    opener.openPinhole(wish)
    queue.flush()
    expect(events).toMatchObject([
      { type: 'pinholeOpened', pinhole: wish.id, listening: at('10.91.2.254:50001') },
    ])
    expect(openings.match(at('10.91.2.1:20'), wish.dial)).toBeUndefined()
    opener.close(wish.id)
    queue.flush()
    expect([kernel.loads, kernel.runs, expected]).toEqual([[], [], []])
    expect([openings.size, looks()]).toEqual([0, 1])
  })
})

describe('closing', () => {
  test('deletes the elements, and is remembered until that is done', () => {
    const { kernel, queue, openings, opener, looks } = lab()
    const wish = pinhole()
    opener.openPinhole(wish)
    queue.flush()
    opener.close(wish.id)
    opener.close(wish.id)
    expect(openings.size).toBe(1)
    queue.flush()
    expect(kernel.runs[1]?.match(/^delete /gm)).toHaveLength(4)
    expect(looks()).toBe(1)
    expect(openings.size).toBe(0)
    opener.close(wish.id)
  })

  test('before the answer is an answer of its own', () => {
    const { queue, openings, events, opener } = lab()
    const wish = pinhole()
    opener.openPinhole(wish)
    opener.close(wish.id)
    queue.flush()
    expect(events).toMatchObject([{ type: 'pinholeFailed', cause: 'ECANCELED' }])
    expect(openings.size).toBe(0)
  })
})

describe('ranges', () => {
  test('are shared by sessions of one client and renewed while one is open', () => {
    const { kernel, queue, events, opener } = lab()
    const [first, second] = [range(), range()]
    opener.openRange(first)
    opener.openRange(second)
    queue.flush()
    expect(events).toMatchObject([{ missing: [] }, { missing: [] }])
    opener.close(first.id)
    queue.flush()
    expect(kernel.runs).toHaveLength(1)
    opener.renewRanges()
    opener.renewSome()
    queue.flush()
    opener.renewSome()
    expect(kernel.runs[1]?.match(/^add /gm)).toHaveLength(5)
    opener.close(second.id)
    queue.flush()
    expect(kernel.runs[2]?.match(/^delete /gm)).toHaveLength(5)
  })

  test('that are many are renewed little by little', () => {
    const { kernel, queue, opener } = lab()
    for (let count = 0; count < 1001; count++) opener.openRange(range())
    queue.flush()
    const before = kernel.runs.length
    opener.renewRanges()
    for (let step = 0; step < 501; step++) {
      opener.renewSome()
      queue.flush()
    }
    expect(kernel.runs.length - before).toBe(501)
    opener.renewSome()
    queue.flush()
    expect(kernel.runs.length - before).toBe(501)
  })

  test('that the kernel refuses miss every port', () => {
    const { kernel, queue, openings, events, opener } = lab()
    kernel.refused = 'ranges4'
    opener.openRange(range())
    queue.flush()
    expect(events[0]).toMatchObject({ type: 'rangeOpened' })
    expect(events[0]?.type === 'rangeOpened' && events[0].missing.length).toBe(101)
    expect(openings.size).toBe(0)
  })
})

test('a set that cannot be declared fails the pinhole that needs it', () => {
  const { kernel, queue, events, openings, opener } = lab()
  kernel.refused = 'expected4_7_9'
  opener.openPinhole(pinhole({ fromPorts: [ports('7-9')] }))
  queue.flush()
  expect(events).toMatchObject([{ type: 'pinholeFailed', cause: 'UNKNOWN' }])
  expect(kernel.runs).toEqual([])
  expect(openings.size).toBe(0)
})

test('other rules rebuild the guard', () => {
  const { kernel, opener } = lab()
  opener.replaceRules(evaluator())
  expect(kernel.loads[0]).toMatch(/^flush chain inet portcullis forward\n/m)
})

test('what a connection took is put back for another pinhole', () => {
  const { kernel, queue, openings, opener } = lab()
  const [first, second] = [pinhole(), pinhole()]
  opener.openPinhole(first)
  opener.openPinhole(second)
  queue.flush()
  const open = openings.get(first.id)
  if (open === undefined) throw new Error('not open')
  opener.used(open)
  queue.flush()
  expect(kernel.runs[1]).toContain('\nadd expected4 {')
})
