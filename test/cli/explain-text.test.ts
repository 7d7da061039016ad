import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { marksFor, printExplained } from '../../src/cli/explain-text.ts'
import { Terminal } from '../../src/demo/terminal.ts'
import { load } from '../../src/engine/rules/load.ts'
import { advise } from '../../src/explain/advice.ts'
import { explain, type Question } from '../../src/explain/explain.ts'
import { ip } from '../../src/net/ip.ts'
import { textWidth } from '../../src/record/text-width.ts'

// Hundreds of sessions are held in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

function shown(
  name: string,
  columns: number,
  question: Question = {},
  isAscii = false,
): readonly string[] {
  const { ruleset } = load([{ name, text: readFileSync(`rules/${name}`, 'utf8') }])
  if (ruleset === undefined) throw new Error(name)
  const written: string[] = []
  const terminal = new Terminal({ columns, write: (text) => written.push(text) })
  for (const explanation of explain(ruleset, question))
    printExplained({ explanation, ...advise(ruleset, explanation) }, terminal, marksFor(isAscii))
  return written.join('').split('\n')
}

describe.each(readdirSync('rules').filter((name) => name.endsWith('.yaml')))('%s', (name) => {
  const lines = shown(name, 100)

  test('fits 100 columns, but for lines of a rule file, which stay whole', () => {
    const wide = lines.filter((line) => textWidth(line) > 100 && !/^ +- \{ /.test(line))
    expect(wide).toEqual([])
    expect(lines.filter((line) => line.endsWith(' '))).toEqual([])
  })

  test('each number of the table has its reason, once and in order', () => {
    const numbers = lines
      .filter((line) => /^ {2}(?:clear|explicit|TLS|implicit|GSSAPI) /.test(line))
      .flatMap((line) => [...line.matchAll(/[✓~✗] (\d+)/g)].map((match) => Number(match[1])))
    const notes = lines.flatMap(
      (line) => Number(/^ {2}[✓~✗] (\d+) +[A-Z]/.exec(line)?.[1] ?? []) || [],
    )
    expect(numbers).toHaveLength(40)
    expect(notes).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
    expect(notes).toEqual(notes.map((_, index) => index + 1))
  })
})

test('one family where one client is asked about', () => {
  const lines = shown('front-door.yaml', 100, { client: ip('192.0.2.77') })
  expect(lines.find((line) => line.includes('PORT'))?.match(/PORT/g)).toHaveLength(1)
  expect(lines).toContain('  IPv4 as 192.0.2.77 (rule "everybody", profile "default")')
})

test('other clients who may fare differently are named', () => {
  expect(shown('front-door.yaml', 100)).toContain(
    '       for rule "everybody": --client 192.0.2.77',
  )
})

test('ASCII marks', () => {
  expect(shown('quickstart.yaml', 80, {}, true).join('\n')).toMatch(/^[\n -~]+$/)
})

test('what a gateway does not intercept is said at once', () => {
  expect(shown('gateway-redirect.yaml', 100)).toContain('  IPv6 as 2001:db8::77 (not intercepted)')
})
