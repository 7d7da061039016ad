import { describe, expect, test } from 'vitest'
import { ansiStyle, bandLine, LadderLayout, plainStyle } from '../../src/record/ladder-row.ts'
import { textWidth } from '../../src/record/text-width.ts'

describe('LadderLayout', () => {
  test('has no row wider than the terminal, and is not narrower than 80 columns', () => {
    const long = { text: '文'.repeat(200), ink: 'plain' } as const
    for (const [columns, expected] of [
      [100, 100],
      [140, 140],
      [20, 80],
    ] as const) {
      const layout = new LadderLayout(columns, plainStyle)
      const rows = [
        layout.row(12, { left: long, band: long, right: long }),
        ...layout.rowsFromBand(12, { left: long }, { text: '✗ ', ink: 'refusal' }, long),
        ...layout.rule(12, long.text, long.text),
      ]
      for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(expected)
      expect(textWidth(rows[0] ?? '')).toBeGreaterThan(expected - 2)
    }
  })

  test('colours add nothing that takes room', () => {
    const parts = {
      left: { text: 'USER demo', ink: 'command' },
      clientGate: 'through',
      band: { text: bandLine('control'), ink: 'command' },
      serverGate: 'toServer',
    } as const
    const coloured = new LadderLayout(100, ansiStyle).row(12, parts)
    expect(coloured).toContain('\u001b[36m')
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
    expect(coloured.replace(escapes, '').trimEnd()).toBe(
      new LadderLayout(100, plainStyle).row(12, parts),
    )
  })
})

test('bandLine puts its label in the middle', () => {
  expect(bandLine('control', 'rewritten')).toMatchInlineSnapshot(`"──── rewritten ─────"`)
  expect(bandLine('data', 'p1 RETR')).toMatchInlineSnapshot(`"═════ p1 RETR ══════"`)
  expect(textWidth(bandLine('data', 'a label that is far too long'))).toBe(20)
})
