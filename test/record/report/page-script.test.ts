import { Script } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { pageScript } from '../../../src/record/report/page-script.ts'

describe('pageScript', () => {
  const script = pageScript()

  test('is a script', () => {
    expect(() => new Script(script)).not.toThrow()
  })

  test('has all its parts inside: nothing is imported', () => {
    expect(script).not.toMatch(/\bimport\b|\brequire\(|__vi/)
  })

  test('cannot end the element that it stands in', () => {
    expect(script).not.toMatch(/<\/script|<!--/i)
  })

  test('makes elements and sets text; it never parses markup or evaluates text', () => {
    expect(script).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(/,
    )
  })
})
