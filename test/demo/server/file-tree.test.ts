import { expect, test } from 'vitest'
import { directory, file, findEntry, resolvePath } from '../../../src/demo/server/file-tree.ts'

const inner = file('b.txt', 'b')
const root = directory('', [file('a.txt', 'a'), directory('sub', [inner])])

test.each([
  ['/', '', '/'],
  ['/sub', '..', '/'],
  ['/sub', '../../../etc', '/etc'],
  ['/sub', '/', '/'],
  ['/', 'sub/', '/sub'],
  ['/sub', './b.txt', '/sub/b.txt'],
  ['/sub', '//a.txt', '/a.txt'],
])('from %s, "%s" means %s', (from, argument, path) => {
  expect(resolvePath(from, argument)).toBe(path)
})

test('finds entries by their path', () => {
  expect(findEntry(root, '/')).toBe(root)
  expect(findEntry(root, '/sub/b.txt')).toBe(inner)
  expect(findEntry(root, '/a.txt/b.txt')).toBeUndefined()
  expect(findEntry(root, '/missing')).toBeUndefined()
})
