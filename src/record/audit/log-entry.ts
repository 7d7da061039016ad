/**
 * One line of a packet log, read. Lines arrive as Latin-1 text, a character for each byte: this is
 * by far the fastest to cut and to search, it keeps every byte as it is, and only a line that holds
 * other than ASCII has to be decoded before it is parsed.
 */
import { Buffer } from 'node:buffer'
import type { PacketLogRecord } from '../../engine/session/record.ts'
import { type Fields, judgeShape } from './record-shape.ts'

/** What the driver adds to each record. */
export interface Stamp {
  readonly time: string
  readonly seq: number
}

export type LoggedRecord = PacketLogRecord & Stamp

export interface LogEntry extends Stamp {
  readonly type: string
  readonly session: string | undefined
  /** All that the line holds, of whatever version. */
  readonly fields: Fields
  /** The record, if this version knows it. */
  readonly record: LoggedRecord | undefined
}

/** Why a line is no record. */
export interface LineProblem {
  readonly problem: string
}

/** Reads a line of Latin-1 text; see {@link decodeLine}. */
export function readEntry(line: string): LogEntry | LineProblem {
  const fields = parseObject(decodeLine(line))
  if (fields === undefined) return { problem: describe(line) }
  const { time, seq, type, session } = fields
  if (typeof time !== 'string' || typeof seq !== 'number' || typeof type !== 'string')
    return { problem: 'not a packet-log record: it lacks time, seq or type' }
  if (!TIME.test(time)) return { problem: 'the time of the record is none' }
  const shape = judgeShape(type, fields)
  if (typeof shape === 'object')
    return { problem: `the field ${shape.wrong} of this ${type} is missing or wrong` }
  const ofSession = typeof session === 'string' ? session : undefined
  return {
    time,
    seq,
    type,
    session: ofSession,
    fields,
    record: shape === 'known' ? (fields as unknown as LoggedRecord) : undefined,
  }
}

const ASCII = /^[ -~]*$/

/** The text of a line whose bytes were read as Latin-1. */
export function decodeLine(line: string): string {
  return ASCII.test(line) ? line : Buffer.from(line, 'latin1').toString('utf8')
}

/** The text of a field, if it has one. */
export function textOf(entry: LogEntry, field: string): string | undefined {
  const value = entry.fields[field]
  return typeof value === 'string' ? value : undefined
}

/** The number in a field, if it has one. */
export function numberOf(entry: LogEntry, field: string): number | undefined {
  const value = entry.fields[field]
  return typeof value === 'number' ? value : undefined
}

const BEGINNING = '{"time":"'

/** Whether a line, however short it was cut, may be the beginning of a record. */
export function beginsLikeRecord(line: string): boolean {
  return line.startsWith(BEGINNING) || (line !== '' && BEGINNING.startsWith(line))
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined
  } catch {
    return undefined
  }
}

function describe(line: string): string {
  if (!beginsLikeRecord(line)) return 'not a packet-log record'
  return line.endsWith('}') ? 'a damaged record: not JSON' : 'a record that is cut short'
}

/** ISO 8601, UTC, with milliseconds: texts of this form sort as the times do. */
const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
