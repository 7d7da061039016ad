import { expect, test } from 'vitest'
import { Multimap } from '../../../src/engine/nat/multimap.ts'

test('a key has its values in the order in which they came', () => {
  const map = new Multimap<string>()
  map.add('k', 'a')
  map.add('l', 'b')
  map.add('k', 'c')
  expect(map.at('k')).toEqual(['a', 'c'])
  expect(map.at('l')).toEqual(['b'])
  expect(map.at('m')).toEqual([])
  expect([...map.values()]).toEqual(['a', 'c', 'b'])
  expect([map.size, map.keyCount]).toEqual([3, 2])
})

test('a value is taken out once, from its own key; what is not there is ignored', () => {
  const map = new Multimap<string>()
  map.add('k', 'a')
  map.add('k', 'b')
  map.remove('l', 'a')
  map.remove('k', 'c')
  expect(map.at('k')).toEqual(['a', 'b'])
  map.remove('k', 'a')
  map.remove('k', 'a')
  expect(map.at('k')).toEqual(['b'])
  expect([map.size, map.keyCount]).toEqual([1, 1])
})

test('nothing is left of a key whose last value goes', () => {
  const map = new Multimap<string>()
  map.add('k', 'a')
  map.remove('k', 'a')
  expect([map.size, map.keyCount]).toEqual([0, 0])
  map.add('k', 'b')
  expect(map.at('k')).toEqual(['b'])
})
