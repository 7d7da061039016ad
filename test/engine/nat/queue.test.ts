import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Queue } from '../../../src/engine/nat/queue.ts'

test('what was put in first comes out first', () => {
  const queue = new Queue([1, 2])
  queue.push(3)
  expect([queue.first, queue.size]).toEqual([1, 3])
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, 3, undefined])
  expect([queue.first, queue.size]).toEqual([undefined, 0])
})

test('it is as an array, whatever is put in and taken out', () => {
  const steps = fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 200 })
  const property = fc.property(steps, (given) => {
    const queue = new Queue<number>()
    const array: number[] = []
    for (const step of given) {
      if (step === undefined) expect(queue.shift()).toBe(array.shift())
      else {
        queue.push(step)
        array.push(step)
      }
      expect([...queue]).toEqual(array)
      expect([queue.first, queue.size]).toEqual([array[0], array.length])
    }
  })
  fc.assert(property)
})
