import { describe, expect, test } from 'vitest'
import { ElementHolders } from '../../../../src/shell/data-path/kernel/element-holders.ts'
import {
  addText,
  deleteText,
  type Element,
  renewText,
} from '../../../../src/shell/data-path/kernel/elements.ts'

const a: Element = { set: 's', key: 'a', value: undefined, timeoutSeconds: 30 }
const b: Element = { set: 'm', key: 'b', value: 'x', timeoutSeconds: 30 }

describe('holders of elements', () => {
  test('the first adds, the last deletes', () => {
    const holders = new ElementHolders()
    expect(holders.take([a, b])).toBe(addText(a) + addText(b))
    expect(holders.take([a])).toBe(renewText(a))
    expect(holders.release([a, b])).toBe(deleteText(b))
    expect(holders.release([a])).toBe(deleteText(a))
    expect(holders.release([a])).toBe('')
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
    expect(holders.restore([a, b])).toBe('')
    holders.take([a])
    expect(holders.restore([a, b])).toBe(renewText(a))
  })
})
