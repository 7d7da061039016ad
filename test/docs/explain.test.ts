/** docs/explain.md says what `portcullis explain` does. */
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { PROTECTIONS } from '../../src/explain/cell.ts'
import { advise } from '../../src/explain/advice.ts'
import { explain } from '../../src/explain/explain.ts'
import { REPORT_FORMAT, type Report, report } from '../../src/explain/report.ts'
import { NETWORK_REASONS } from '../../src/explain/trial.ts'
import { ip } from '../../src/net/ip.ts'
import { rulesetOf, shipped } from '../explain/examples.ts'

// Hundreds of sessions are held in each; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 })

const doc = readFileSync('docs/explain.md', 'utf8')
const ruleset = rulesetOf(shipped('front-door'))
const explained = explain(ruleset, { client: ip('192.0.2.77') })
const real = report(
  ruleset,
  explained.map((explanation) => ({ explanation, ...advise(ruleset, explanation) })),
)
const example = JSON.parse(/^```json\n([\s\S]*?)\n```$/m.exec(doc)?.[1] ?? '') as Report

describe('docs/explain.md', () => {
  test('its example is the beginning of what is printed', () => {
    expect(example.format).toBe(REPORT_FORMAT)
    const [listener] = real.listeners
    const [shown] = example.listeners
    expect(listener).toMatchObject({
      ...shown,
      clients: shown?.clients,
      cells: listener?.cells,
      settings: listener?.settings,
      advice: listener?.advice,
      hopeless: listener?.hopeless,
    })
    expect(Object.keys(listener ?? {})).toEqual(Object.keys(shown ?? {}))
    const [cell] = shown?.cells ?? []
    expect(listener?.cells[0]).toEqual({ ...cell, tried: listener?.cells[0]?.tried })
  })

  test('every field of an attempt, a setting and an advice is named', () => {
    const [listener] = real.listeners
    const parts = [
      listener?.cells[0]?.tried[0],
      listener?.settings[0],
      listener?.advice[0],
      listener?.hopeless[0],
    ]
    for (const part of parts)
      for (const field of Object.keys(part ?? {}).filter((key) => key !== 'cell'))
        expect(doc).toContain(`\`${field}\``)
  })

  test('every row, every condition and every reason of the network', () => {
    for (const label of Object.values(PROTECTIONS))
      expect(doc).toMatch(new RegExp(`^\\| ${label.replace('+', '\\+')} \\|`, 'm'))
    const source = readFileSync('src/explain/condition.ts', 'utf8')
    const kinds = /readonly on:\n([\s\S]*?)\n {2}\/\*\*/.exec(source)?.[1]?.match(/'[\w-]+'/g) ?? []
    expect(kinds.length).toBeGreaterThan(4)
    for (const kind of kinds) expect(doc).toContain(`| \`${kind.replaceAll("'", '')}\` |`)
    for (const [reason, sentence] of Object.entries(NETWORK_REASONS))
      expect(doc).toContain(`| \`${reason}\` | ${sentence} |`)
  })

  test('its options are in the help', () => {
    const help = readFileSync('test/cli/help/explain.txt', 'utf8')
    for (const [option] of doc.matchAll(/--[a-z]+/g)) expect(help).toContain(option)
  })
})
