/** What `audit verify` found, for the person who asked. */
import type { LadderStyle } from '../ladder-row.ts'
import type { ChainProblem } from '../hash-chain.ts'
import { fit, textWidth } from '../text-width.ts'
import { grouped } from './quantity.ts'
import {
  type FileReport,
  isGenesis,
  type Place,
  type PlacedBreak,
  type VerificationReport,
} from './log-verifier.ts'

const PROBLEMS: Readonly<Record<ChainProblem, string>> = {
  headless: 'nothing says what this record continues: lines before it were cut off',
  elsewhere:
    'this file continues another one: a file between the two is missing, or in the wrong place',
  missing: 'records before this one were taken out',
  altered: 'this record or the one before it is not what was written',
}

export interface VerifyTextOptions {
  readonly style: LadderStyle
  /** A hash that the log should have held. */
  readonly expected: string | undefined
}

/** Whether nothing was found that an auditor has to follow up. */
export function isIntact(report: VerificationReport): boolean {
  return report.breaks === 0 && report.records > 0 && report.hasExpected !== false
}

export function verifyText(report: VerificationReport, options: VerifyTextOptions): string {
  const { style } = options
  const width = Math.max(4, ...report.files.map(({ file }) => textWidth(file)))
  const lines = [
    ...report.files.map((file) => fileLine(file, width, style)),
    ...(report.files.length > 1 ? [''] : []),
    ...report.firstBreaks.flatMap((each) => breakLines(each, style)),
    ...moreOf(report.breaks, report.firstBreaks.length, 'breaks'),
    ...notesOf(report, options),
    verdictLine(report, style),
  ]
  return `${lines.join('\n')}\n`
}

function fileLine(file: FileReport, width: number, style: LadderStyle): string {
  const name = fit(file.file, width)
  if (file.first === undefined || file.last === undefined)
    return style('quiet', `${name}  no records`)
  const count = `${grouped(file.records)} records`.padStart(18)
  const span = `${shortTime(file.first.time)} – ${shortTime(file.last.time)}`
  const state = file.breaks === 0 ? style('pinhole', 'intact') : style('refusal', 'BROKEN')
  const cut = file.isCutShort ? style('quiet', ', last line cut short') : ''
  return `${name}  ${count}  ${style('quiet', span)}  ${state}${cut}`
}

function breakLines(each: PlacedBreak, style: LadderStyle): readonly string[] {
  const { file, line, seq, time, problem, after } = each
  return [
    `${style('refusal', `${file}:${line}: seq ${seq} does not follow`)} ${style('quiet', time)}`,
    `   ${PROBLEMS[problem]}`,
    ...(after === undefined ? [] : [`   before it: ${after.file}:${after.line}, seq ${after.seq}`]),
  ]
}

function notesOf(report: VerificationReport, options: VerifyTextOptions): readonly string[] {
  const note = (text: string): string => options.style('quiet', `note: ${text}`)
  const { start, crashes, crashCount, firstForeign, foreign, gaps, lost } = report
  return [
    ...(start !== undefined && !isGenesis(start)
      ? [note(`the log continues an earlier file, which was not given (it ends in ${start})`)]
      : []),
    ...crashes.map(({ file, line, time }) =>
      note(
        `${file}:${line}: a run starts at ${time} and the one before has no log.stop: it crashed, or its last records were taken out`,
      ),
    ),
    ...moreOf(crashCount, crashes.length, 'runs without an end').map(note),
    ...firstForeign.map((place) =>
      note(`${at(place)}: not a record, or one that a crash cut short`),
    ),
    ...moreOf(foreign, firstForeign.length, 'lines that are no records').map(note),
    ...gaps.map((place) =>
      note(`${at(place)}: its number does not follow the one before it, although the chain holds`),
    ),
    ...(lost > 0
      ? [note(`${grouped(lost)} records were lost while the log could not be written`)]
      : []),
    ...(report.records > 0 && !report.isStopped
      ? [note('the last record is no log.stop: the run goes on, crashed, or its end was taken out')]
      : []),
    ...(report.hasExpected === true ? [note(`${options.expected} is the hash of a record`)] : []),
  ]
}

function verdictLine(report: VerificationReport, style: LadderStyle): string {
  const { records, breaks, runs, head } = report
  if (records === 0) return style('refusal', 'no records')
  const counts = `${grouped(records)} ${records === 1 ? 'record' : 'records'} in ${runs} ${runs === 1 ? 'run' : 'runs'}`
  if (breaks > 0)
    return style(
      'refusal',
      `BROKEN in ${grouped(breaks)} ${breaks === 1 ? 'place' : 'places'}: ${counts}`,
    )
  if (report.hasExpected === false)
    return style('refusal', `BROKEN: no record has the hash that was expected: ${counts}`)
  return `${style('pinhole', 'intact')}: ${counts}; the last hash is ${head}`
}

function at({ file, line }: Place): string {
  return `${file}:${line}`
}

function moreOf(all: number, listed: number, what: string): readonly string[] {
  return all > listed ? [`and ${grouped(all - listed)} more ${what}`] : []
}

function shortTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)}`
}
