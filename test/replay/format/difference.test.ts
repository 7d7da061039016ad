import { expect, test } from 'vitest'
import { DifferenceOutput } from '../../../src/replay/format/difference.ts'
import { permissiveRuleset } from '../../../src/replay/door.ts'
import type { Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { replayTo } from './support.ts'

function difference(other: Ruleset, isJson = false): { lines: string[]; count: number } {
  const lines: string[] = []
  const output = new DifferenceOutput((line) => lines.push(line), isJson)
  replayTo([output.sink(0), output.sink(1)], [permissiveRuleset(), other])
  output.end()
  return { lines, count: output.count }
}

const BASE = permissiveRuleset()
const NO_PASSIVE = { ...BASE, rules: BASE.rules.filter(({ kind }) => kind !== 'passive-data') }

test('the same rules decide the same, whatever ports are leased', () => {
  const ports = { first: BASE.passivePorts.last, last: BASE.passivePorts.last }
  expect(difference({ ...BASE, passivePorts: ports })).toEqual({
    lines: ['No decision differs.'],
    count: 0,
  })
})

test('what another rule file decides, at the time of its packet', () => {
  const { lines, count } = difference(NO_PASSIVE)
  expect(count).toBe(3)
  expect(lines).toEqual([
    'r1  192.0.2.10:40000 → 198.51.100.20:21',
    '  2026-11-21T10:00:00.019Z  - pinhole passive from 192.0.2.10 to 198.51.100.20:40000 · rule "no rule file: passive data"',
    expect.stringMatching(/ \+ replace PASV 227 .* · rule\.none/),
    expect.stringMatching(/ \+ reject RETR a · setup\.refused$/),
    expect.stringMatching(/ - data .* by pinhole$/),
    expect.stringMatching(/ \+ data .* uncovered · rule\.none/),
    '3 differences in 1 session.',
  ])
})

test('a session that one of them refuses is still the same session', () => {
  const { lines } = difference({ ...BASE, rules: [] }, true)
  const [first] = lines.map((line): Record<string, unknown> => JSON.parse(line))
  expect(first).toMatchObject({
    session: 'r1',
    before: ['permit control · rule "no rule file: control" · profile default'],
    after: ['refused control · rule.none'],
  })
})
