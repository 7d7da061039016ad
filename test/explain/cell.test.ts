import { expect, test } from 'vitest'
import { CELLS, isActive, isHidden } from '../../src/explain/cell.ts'

test('five protections, four commands, two families', () => {
  expect(CELLS).toHaveLength(40)
  expect(new Set(CELLS.map((cell) => JSON.stringify(cell))).size).toBe(40)
})

test('the server connects after PORT and EPRT', () => {
  expect(CELLS.filter(isActive).every(({ command }) => /^(?:PORT|EPRT)$/.test(command))).toBe(true)
  expect(CELLS.filter(isActive)).toHaveLength(20)
})

test('what is said after CCC can be read, and under TLS and GSSAPI not', () => {
  const hidden = new Set(CELLS.filter(isHidden).map(({ protection }) => protection))
  expect([...hidden]).toEqual(['explicit-tls', 'implicit-tls', 'gssapi'])
})
