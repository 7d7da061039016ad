import { describe, expect, test } from 'vitest'
import {
  type Diagnostic,
  formatDiagnostic,
  formatPosition,
  quote,
} from '../../../src/engine/rules/diagnostic.ts'

const found: Diagnostic = {
  severity: 'error',
  file: 'rules.yaml',
  line: 3,
  column: 5,
  length: 4,
  message: 'unknown key "alow"',
  sourceLine: '    alow: x',
}

describe('formatDiagnostic', () => {
  test('prints the position, the line and carets under what is meant', () => {
    expect(formatDiagnostic(found)).toBe(
      'rules.yaml:3:5 error unknown key "alow"\n      alow: x\n      ^^^^',
    )
  })

  test('a problem with the file as a whole has neither position nor line', () => {
    const whole = { ...found, line: 0, column: 0, sourceLine: '', message: 'cannot be read' }
    expect(formatDiagnostic(whole)).toBe('rules.yaml error cannot be read')
  })

  test('K7 shows only the surroundings in a file that is one long line', () => {
    const sourceLine = `${'a'.repeat(5_000_000)}alow${'b'.repeat(5_000_000)}`
    const printed = formatDiagnostic({ ...found, column: 5_000_001, sourceLine })
    expect(printed.length).toBeLessThan(400)
    const [, excerpt = '', carets = ''] = printed.split('\n')
    expect(excerpt.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('alow')
  })

  test('a tab keeps the carets in line', () => {
    const printed = formatDiagnostic({ ...found, column: 3, sourceLine: 'a:\talow' })
    expect(printed).toContain('\n  a: alow\n')
  })

  test('what a file holds cannot steer a terminal', () => {
    const hostile = '\u001b]0;x\u0007\u202e\u009b31m\r\n'
    const printed = formatDiagnostic({
      ...found,
      file: hostile,
      message: hostile,
      sourceLine: hostile,
    })
    const lines = printed.split('\n')
    expect(lines).toHaveLength(3)
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u)
  })
})

test('formatPosition is what editors make links of', () => {
  expect(formatPosition(found)).toBe('rules.yaml:3:5')
})

test('quote escapes and cuts', () => {
  expect(quote('a"b\n')).toBe('"a\\"b\\n"')
  expect(quote('x'.repeat(1000)).length).toBeLessThan(70)
})
