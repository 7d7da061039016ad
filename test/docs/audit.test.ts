/** docs/audit.md says what the program does: conditions, formats, exit codes, counts, the mapping. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../src/cli/audit-arguments.ts'
import { FILTER_OPTIONS } from '../../src/cli/command/audit-filter-options.ts'
import { EXIT } from '../../src/cli/exit-code.ts'
import { CsvFormat } from '../../src/record/audit/csv-format.ts'
import { EcsFormat } from '../../src/record/audit/ecs-format.ts'
import { DIMENSIONS, KEYS_MAX, ORDERS, Summary } from '../../src/record/audit/summary.ts'
import { summaryTable } from '../../src/record/audit/summary-text.ts'
import { ZeekFormat } from '../../src/record/audit/zeek-format.ts'
import { Auditor } from '../../src/record/audit/auditor.ts'
import { AuditFilter } from '../../src/record/audit/filter.ts'
import { plainStyle } from '../../src/record/ladder-row.ts'
import { print } from '../record/audit/formatting.ts'
import { latin1, type Sample } from '../record/audit/sample.ts'

const doc = readFileSync('docs/audit.md', 'utf8')
const examples = readFileSync('docs/packet-log.md', 'utf8').match(/^\{"time".*\}$/gm) ?? []
const records = examples.map((line) => JSON.parse(line) as Sample)

/** The text of a chapter. */
function chapter(title: string): string {
  const start = doc.indexOf(`\n## ${title}\n`)
  if (start === -1) throw new Error(`no chapter ${title}`)
  const end = doc.indexOf('\n## ', start + 1)
  return doc.slice(start, end === -1 ? undefined : end)
}

/** What stands in code font in a column of the tables of `text`. */
function words(text: string, column: number): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
    .flatMap((line) => [...(line.split(' | ')[column] ?? '').matchAll(/`([^`]+)`/g)])
    .map((match) => match[1] ?? '')
}

/** All paths of an object, `a.b.c`, and those of the objects in between. */
function paths(value: unknown, before: string = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, each]) => [
    `${before}${key}`,
    ...paths(each, `${before}${key}.`),
  ])
}

describe('docs/audit.md', () => {
  test('names every condition, and no other', () => {
    expect(words(chapter('Which records'), 0)).toEqual(
      Object.keys(FILTER_OPTIONS)
        .map((name) => `--${name}`)
        .toSorted((a, b) => doc.indexOf(`\`${a}\``) - doc.indexOf(`\`${b}\``)),
    )
  })

  test('names every format, every dimension and every order', () => {
    expect(words(chapter('Formats'), 0).slice(1)).toEqual([...FORMATS])
    expect(doc).toContain(`--by ${DIMENSIONS.join('|')}`)
    expect(doc).toContain(`--sort ${ORDERS.join('|')}`)
    expect(doc).toContain(`More than ${KEYS_MAX.toLocaleString('en')} different keys`)
  })

  test('names the exit codes', () => {
    const codes = [...doc.matchAll(/^\| (\d+) \| /gm)].map((match) => Number(match[1]))
    expect(codes).toEqual([EXIT.ok, EXIT.failed, EXIT.usage])
  })

  test('shows the counts of the documented log', () => {
    const summary = new Summary('client')
    const auditor = new Auditor(new AuditFilter({}), {
      needsSessions: false,
      take: (entry, context) => summary.add(entry, context),
    })
    for (const line of examples) auditor.accept(latin1(line))
    const table = summaryTable(summary.report(20), { style: plainStyle, sort: summary.sort })
    expect(chapter('Counts')).toContain(`\`\`\`text\n${table}\`\`\``)
  })

  const mapping = chapter('What other tools call it')

  test('every field that is called ECS is there', () => {
    const printed = new Set(
      print(new EcsFormat(), [...records, ...loginOf()])
        .trimEnd()
        .split('\n')
        .flatMap((line) => paths(JSON.parse(line))),
    )
    const named = words(mapping, 3).filter((word) => !word.endsWith('.*') && word.includes('.'))
    expect(named.length).toBeGreaterThan(25)
    expect(named.filter((name) => !printed.has(name))).toEqual([])
  })

  test('every field that is called Zeek is there', () => {
    const header = print(new ZeekFormat(), [])
      .split('\n')
      .find((line) => line.startsWith('#fields'))
    const fields = header?.split('\t').slice(1) ?? []
    const named = words(mapping, 2).filter((word) => !word.endsWith('.log'))
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !fields.includes(name))).toEqual([])
  })

  test('the columns of CSV that it names are there', () => {
    const header = print(new CsvFormat(), []).trimEnd().split(',')
    expect(header).toEqual(expect.arrayContaining(['user', 'rule', 'opaque', 'more']))
  })
})

/** The documented session is encrypted when somebody logs in. */
function loginOf(): Sample[] {
  const of = { session: 'x', client: '192.0.2.10:1', server: '10.0.0.5:21' }
  return [
    { type: 'control.command', ...of, verb: 'USER', argument: 'anna' },
    { type: 'control.reply', ...of, code: 230, text: '', lines: 1, verb: 'USER' },
  ]
}
