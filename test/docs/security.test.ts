/** SECURITY.md: what it points to is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const text = readFileSync('SECURITY.md', 'utf8')
const paths = [...text.matchAll(/[`(]((?:src|test|packaging)\/[\w./-]*)/g)].map(
  ([, path = '']) => path,
)
const cases = [...text.matchAll(/\b[A-Z]\d{1,2}\b/g)].map(([id]) => id)
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(`test/${file}`, 'utf8'))
  .join('\n')

describe('SECURITY.md', () => {
  test.each([...new Set(paths)])('%s exists', (path) => {
    expect(existsSync(path)).toBe(true)
  })

  test.each([...new Set(cases)])('%s is the name of a test', (id) => {
    expect(tests).toMatch(new RegExp(`['" ]${id} `))
  })

  test('points to code and to cases', () => {
    expect(paths.length).toBeGreaterThan(15)
    expect(cases.length).toBeGreaterThan(15)
  })
})
