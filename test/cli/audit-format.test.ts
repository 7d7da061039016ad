import { expect, test } from 'vitest'
import { FORMATS } from '../../src/cli/audit-arguments.ts'
import { columnsOf, createFormat, ladderColumns, styleFor } from '../../src/cli/audit-format.ts'
import { ansiStyle, plainStyle } from '../../src/record/ladder-row.ts'
import { clearSession, latin1 } from '../record/audit/sample.ts'
import { entryOfLine, seal } from '../record/audit/sample.ts'

test.each(FORMATS)('%s prints something of a session', (name) => {
  const format = createFormat(name, {})
  const context = { user: undefined, isOpaque: false, rule: undefined, isLogin: false }
  let text = ''
  for (const line of seal(clearSession('s1', 'anna')))
    text += format.format(entryOfLine(line), context, latin1(line))
  expect(`${text}${format.footer()}`.split('\n').length).toBeGreaterThan(6)
})

test('colours and widths are those of a terminal, where there is one', () => {
  const terminal = { isTTY: true, columns: 200, hasColors: () => true }
  expect(styleFor(terminal)).toBe(ansiStyle)
  expect(styleFor({ ...terminal, hasColors: () => false })).toBe(plainStyle)
  expect(styleFor({ hasColors: () => true })).toBe(plainStyle)
  expect(columnsOf(terminal)).toBe(200)
  expect(columnsOf({ columns: 200 })).toBeUndefined()
  expect([
    ladderColumns(terminal),
    ladderColumns({}),
    ladderColumns({ ...terminal, columns: 90 }),
  ]).toEqual([120, 100, 90])
})
