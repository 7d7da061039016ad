import { describe, expect, test } from 'vitest'
import { ElementHolders } from '../../../../src/shell/data-path/kernel/element-holders.ts'
import {
  adding,
  deleting,
  type Element,
  renewing,
} from '../../../../src/shell/data-path/kernel/elements.ts'

const a: Element = { set: 's', key: 'a', value: undefined, timeoutSeconds: 30, isInterval: false }
const b: Element = { set: 'm', key: 'b', value: 'x', timeoutSeconds: 30, isInterval: false }

describe('holders of elements', () => {
  test('the first adds, the last deletes', () => {
    const holders = new ElementHolders()
    expect(holders.take([a, b])).toEqual([...adding(a), ...adding(b)])
    expect(holders.take([a])).toEqual(renewing(a))
    expect(holders.release([a, b])).toEqual(deleting(b))
    expect(holders.release([a])).toEqual(deleting(a))
    expect(holders.release([a])).toEqual([])
    expect(holders.size).toBe(0)
  })

  test('a map leads everybody to the same place', () => {
    const holders = new ElementHolders()
    holders.take([b])
    expect(holders.take([a, { ...b, value: 'y' }])).toBeUndefined()
    expect(holders.size).toBe(1)
    expect(holders.take([{ ...b, set: 'n', value: 'y' }])).toBeDefined()
  })

  test('what somebody else waits for is put back', () => {
    const holders = new ElementHolders()
    holders.take([a, b])
    expect(holders.restore([a, b])).toEqual([])
    holders.take([a])
    expect(holders.restore([a, b])).toEqual(renewing(a))
  })
})
