import { expect, test } from 'vitest'
import { LadderOutput } from '../../../src/replay/format/ladder.ts'
import { replayTo } from './support.ts'

test('sessions that ran at the same time are drawn one after the other', () => {
  const lines: string[] = []
  const output = new LadderOutput((line) => lines.push(line), { columns: 100 })
  replayTo([output])
  output.end()
  const shown = lines.join('\n')
  const ends = lines.flatMap((line, index) => (/── session r1/.test(line) ? [index] : []))
  expect(ends).toHaveLength(2)
  expect(lines.findIndex((line) => line.includes('session r2'))).toBeGreaterThan(ends[1] ?? 0)
  expect(shown).toContain('p1 open on 40000')
  expect(shown).toContain('capture: data: 192.0.2.10:40001 → 198.51.100.20:40000 by pinhole')
  expect(shown).toContain('[port.foreign-address]')
  expect(lines.at(-1)).toContain('2 control connections')
})
