import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvFormat, csvRow } from '../../../src/record/audit/csv-format.ts'
import { print } from './formatting.ts'
import { clearSession, LOG_START, opaqueSession, party } from './sample.ts'

/** RFC 4180, strictly. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  let row: string[] = []
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text)
    if (match === null) throw new Error('no CSV')
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

describe('csvRow', () => {
  test('quotes where it is needed', () => {
    expect(csvRow(['a', 'b,c', 'd"e', ' f', undefined, 1, true, ['x']])).toBe(
      'a,"b,c","d""e"," f",,1,true,"[""x""]"\r\n',
    )
  })

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1', '|x', '\r=1', '\u200b=1'])(
    'the formula %j becomes text',
    (formula) => {
      expect(parseCsv(csvRow([formula]))).toEqual([[`'${formula}`]])
    },
  )

  test('any cell can be read back, and none is a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (cells) => {
        const [read = []] = parseCsv(csvRow(cells))
        expect(read.map((cell) => cell.replace(/^'/, ''))).toEqual(
          cells.map((cell) => cell.replace(/^'/, '')),
        )
        for (const cell of read) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/)
      }),
    )
  })
})

describe('CsvFormat', () => {
  const of = party('s1')
  const hostile = {
    type: 'control.command',
    ...of,
    verb: 'LIST',
    argument: `-la "=cmd|' /C calc'!A0"`,
  }
  const text = print(new CsvFormat(), [
    LOG_START,
    ...clearSession('s1', '=anna'),
    ...opaqueSession('s2'),
    hostile,
    { type: 'quota.reached', bytes: 5 },
  ])
  const [head = [], ...rows] = parseCsv(text)
  const cell = (row: readonly string[] | undefined, name: string): string | undefined =>
    row?.[head.indexOf(name)]

  test('every row has every column', () => {
    for (const row of rows) expect(row).toHaveLength(head.length)
    expect(new Set(head).size).toBe(head.length)
  })

  test('what the session says stands beside what the record says', () => {
    const data = rows.find((row) => cell(row, 'type') === 'data.close')
    expect(cell(data, 'user')).toBe("'=anna")
    expect(cell(data, 'rule')).toBe('partners: passive data')
    expect(cell(data, 'opaque')).toBe('false')
    expect(cell(data, 'toClientBytes')).toBe('1000000')
    expect(cell(data, 'path')).toBe('/pub/räksmörgås.zip')
  })

  test('what a peer sent is no formula', () => {
    const command = rows.find((row) => cell(row, 'verb') === 'LIST')
    expect(cell(command, 'argument')).toBe(`'${hostile.argument}`)
  })

  test('nothing is left out', () => {
    expect(cell(rows[0], 'more')).toBe('{"version":"0.1.0","rules":"rules.yaml"}')
    expect(cell(rows.at(-1), 'more')).toBe('{"bytes":5}')
  })
})
