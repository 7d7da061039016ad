/** Lines of a packet log, through everything that an audit does with them. */
import { Auditor } from '../../../src/record/audit/auditor.ts'
import { CsvFormat } from '../../../src/record/audit/csv-format.ts'
import { EcsFormat } from '../../../src/record/audit/ecs-format.ts'
import { AuditFilter } from '../../../src/record/audit/filter.ts'
import { LadderFormat } from '../../../src/record/audit/ladder-format.ts'
import { LogVerifier } from '../../../src/record/audit/log-verifier.ts'
import type { RecordFormat } from '../../../src/record/audit/record-format.ts'
import { TableFormat } from '../../../src/record/audit/table-format.ts'
import { ZeekFormat } from '../../../src/record/audit/zeek-format.ts'
import { ReportBuilder } from '../../../src/record/report/report-builder.ts'
import { plainStyle } from '../../../src/record/ladder-row.ts'
import { LineSplitter } from '../../../src/shell/log-reader/line-splitter.ts'
import {
  clearSession,
  LOG_START,
  LOG_STOP,
  opaqueSession,
  seal,
} from '../../record/audit/sample.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import type { Target } from '../target.ts'

const PIECE_BYTES = 37
/** What a terminal would act on. */
const CONTROL = /[^\P{Cc}\n\t]/u

export const packetLog: Target = {
  name: 'packet-log',
  seeds: () =>
    [
      [LOG_START, ...clearSession('s1', 'ann'), LOG_STOP],
      [LOG_START, ...opaqueSession('s2'), LOG_STOP],
    ].map((records) => Buffer.from(`${seal(records).join('\n')}\n`)),
  dictionary: [
    [
      '{"time":"',
      '"seq":',
      '"type":"',
      '"session":"',
      '"hash":"',
      '"previous":"',
      '\n',
      '\r\n',
      '","',
    ],
    [
      'verdict',
      'data.close',
      'pinhole.open',
      'log.lost',
      'session.open',
      'control.command',
      'null',
    ],
    [
      '[]',
      '{}',
      '\\u0000',
      '\\ud800',
      '\\u001b[2J',
      '1e400',
      '-1',
      '"__proto__":1,',
      '\xe2\x80\xa8',
      '\xff',
    ],
  ].flat(),
  parts: (input) =>
    textOf(input)
      .split(/(?<=\n)/)
      .map(latin1),
  show: (input) => textOf(input).split('\n'),

  run(input) {
    const lines = linesOf(input, input.length)
    const breaches: string[] = []
    if (lines.join('\n') !== linesOf(input, PIECE_BYTES).join('\n'))
      breaches.push('cut, it has other lines')
    const verifier = new LogVerifier()
    verifier.beginFile('log')
    for (const line of lines) verifier.accept(line)
    const { records, foreign, breaks } = verifier.report()
    if (records + foreign !== lines.filter((line) => line !== '').length)
      breaches.push('a line was not counted')
    const features = [`breaks ${Math.min(breaks, 3)}`, ...audit(lines, breaches)]
    return { breaches, features }
  },
}

function linesOf(input: Uint8Array, pieceBytes: number): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter({
    line: (text) => void lines.push(text),
    overlong: () => void lines.push('overlong'),
  })
  for (let at = 0; at < input.length; at += pieceBytes)
    splitter.push(Buffer.from(input.subarray(at, at + pieceBytes)))
  splitter.end()
  return lines
}

/** Every format and the report; features are the problems that were found. */
function audit(lines: readonly string[], breaches: string[]): string[] {
  const shown: readonly RecordFormat[] = [
    new LadderFormat({}),
    new TableFormat({ style: plainStyle }),
    new EcsFormat(),
    new ZeekFormat(),
  ]
  // For programs: a cell is what the record has, whatever that is.
  const csv = new CsvFormat()
  const report = new ReportBuilder()
  const printed = shown.map((format) => format.header())
  const features: string[] = []
  const auditor = new Auditor(new AuditFilter({}), {
    needsSessions: true,
    take(entry, context, line) {
      features.push(entry.record?.type ?? 'unknown')
      for (const format of shown) printed.push(format.format(entry, context, line))
      csv.format(entry, context)
      report.take(entry, context)
    },
  })
  for (const line of lines) {
    const problem = auditor.accept(line)
    if (problem !== undefined) features.push(problem)
  }
  printed.push(...shown.map((format) => format.footer()))
  report.report()
  for (const text of printed)
    if (CONTROL.test(text)) breaches.push(`a control character is printed: ${JSON.stringify(text)}`)
  return features
}
