/** SECURITY.md: what it points to is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { casesTestedIn } from '../support/case-names.ts'

const text = readFileSync('SECURITY.md', 'utf8')
const paths = [...text.matchAll(/[`(]((?:src|test|packaging)\/[\w./-]*)/g)].map(
  ([, path = '']) => path,
)
const cases = [...text.matchAll(/\b[A-Z]\d{1,2}\b/g)].map(([id]) => id)
const tested = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') || file.startsWith('hostile/transcripts/'))
  .flatMap((file) => [...casesTestedIn(`test/${file}`)])

describe('SECURITY.md', () => {
  test.each([...new Set(paths)])('%s exists', (path) => {
    expect(existsSync(path)).toBe(true)
  })

  test.each([...new Set(cases)])('%s is the id of a test', (id) => {
    expect(tested).toContain(id)
  })

  test('points to code and to cases', () => {
    expect(paths.length).toBeGreaterThan(15)
    expect(cases.length).toBeGreaterThan(15)
  })
})
