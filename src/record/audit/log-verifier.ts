/**
 * Checks the hash chain over the files of a log, in order, however long they are. After a break it
 * goes on behind the record that does not fit, so that one damaged place does not hide the rest.
 */
import { type ChainProblem, GENESIS, hashOf, SEAL_LENGTH, splitSealed } from '../hash-chain.ts'
import { readHeader } from './line-header.ts'
import { decodeLine } from './log-entry.ts'

/** Lines count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
}

export interface PlacedBreak extends Place {
  readonly problem: ChainProblem
  readonly seq: number
  readonly time: string
  /** The record that it should follow; `undefined` for the first of all. */
  readonly after: (Place & { readonly seq: number }) | undefined
}

export interface FileReport {
  readonly file: string
  readonly records: number
  readonly first: { readonly seq: number; readonly time: string } | undefined
  readonly last: { readonly seq: number; readonly time: string } | undefined
  readonly breaks: number
  /** The last line has no end: a crash cut it short, or it is being written. */
  readonly isCutShort: boolean
}

export interface RunStart extends Place {
  readonly time: string
  /** The run before ended with `log.stop`. */
  readonly isAfterStop: boolean
}

export interface VerificationReport {
  readonly files: readonly FileReport[]
  readonly records: number
  readonly breaks: number
  /** The first of them. */
  readonly firstBreaks: readonly PlacedBreak[]
  /** What the first record continues: `GENESIS`, or a file that was not given. */
  readonly start: string | undefined
  /** The last hash. */
  readonly head: string | undefined
  readonly runs: number
  /** The first of those that began without the one before having stopped. */
  readonly crashes: readonly RunStart[]
  readonly crashCount: number
  readonly isStopped: boolean
  /** Lines that are no records. */
  readonly foreign: number
  readonly firstForeign: readonly Place[]
  /** Records that the log itself says were lost. */
  readonly lost: number
  /** Where numbers are missing although the chain holds and no `log.lost` says why. */
  readonly gaps: readonly Place[]
  /** Whether the hash that was asked for is that of a record; `undefined` when none was. */
  readonly hasExpected: boolean | undefined
}

/** Places listed of each kind. */
const LISTED_MAX = 20
/** A folder of logs may hold thousands; all of them count, so many are listed. */
const FILES_LISTED_MAX = 10_000

const PREVIOUS_KEY = ',"previous":"'
const HASH = /^[0-9a-f]{64}$/
const LOST = /,"type":"log\.lost","records":(\d{1,16})[,}]/

type MutableFile = Omit<{ -readonly [K in keyof FileReport]: FileReport[K] }, 'last'> & {
  last: { seq: number; time: string } | undefined
}

/** The last record. Changed in place: there are millions. */
interface Followed {
  file: string
  line: number
  seq: number
  hash: string
  type: string
}

interface SealedRecord {
  readonly body: string
  readonly hash: string
  readonly seq: number
  readonly time: string
  readonly type: string
  readonly previous: string | undefined
}

export class LogVerifier {
  readonly #expected: string | undefined
  readonly #files: MutableFile[] = []
  #file: MutableFile = newFile('')
  #line = 0
  #records = 0
  #last: Followed | undefined
  #start: string | undefined
  #breaks = 0
  readonly #firstBreaks: PlacedBreak[] = []
  #runs = 0
  readonly #crashes: RunStart[] = []
  #crashCount = 0
  #foreign = 0
  readonly #firstForeign: Place[] = []
  #lost = 0
  readonly #gaps: Place[] = []
  #hasExpected = false

  /** `expected`: a hash that was noted earlier, of a record that must be in the log. */
  constructor(expected?: string) {
    this.#expected = expected
  }

  beginFile(file: string): void {
    this.#file = newFile(file)
    this.#line = 0
    if (this.#files.length < FILES_LISTED_MAX) this.#files.push(this.#file)
  }

  /** A line of the file, as Latin-1; `isCutShort` where no line feed follows it. */
  accept(line: string, isCutShort: boolean = false): void {
    this.#line += 1
    if (line === '') return
    const record = readSealed(line)
    if (record === undefined) {
      this.#foreignLine(isCutShort)
      return
    }
    const problem = this.#problemOf(record)
    if (problem !== undefined) this.#break(record, problem)
    this.#follow(record, problem === undefined)
  }

  report(): VerificationReport {
    return {
      files: this.#files,
      records: this.#records,
      breaks: this.#breaks,
      firstBreaks: this.#firstBreaks,
      start: this.#start,
      head: this.#last?.hash,
      runs: this.#runs,
      crashes: this.#crashes,
      crashCount: this.#crashCount,
      isStopped: this.#last?.type === 'log.stop',
      foreign: this.#foreign,
      firstForeign: this.#firstForeign,
      lost: this.#lost,
      gaps: this.#gaps,
      hasExpected: this.#expected === undefined ? undefined : this.#hasExpected,
    }
  }

  get #place(): Place {
    return { file: this.#file.file, line: this.#line }
  }

  #foreignLine(isCutShort: boolean): void {
    this.#foreign += 1
    if (isCutShort) this.#file.isCutShort = true
    if (this.#firstForeign.length < LISTED_MAX) this.#firstForeign.push(this.#place)
  }

  #problemOf(record: SealedRecord): ChainProblem | undefined {
    const { previous } = record
    const head = this.#last?.hash ?? previous
    if (head === undefined) return 'headless'
    if (hashOf(head, record.body) === record.hash) return undefined
    if (previous !== undefined && hashOf(previous, record.body) === record.hash) return 'elsewhere'
    return this.#last === undefined || record.seq === this.#last.seq + 1 ? 'altered' : 'missing'
  }

  #break(record: SealedRecord, problem: ChainProblem): void {
    this.#breaks += 1
    this.#file.breaks += 1
    if (this.#firstBreaks.length >= LISTED_MAX) return
    const { seq, time } = record
    const last = this.#last
    const after = last && { file: last.file, line: last.line, seq: last.seq }
    this.#firstBreaks.push({ ...this.#place, problem, seq, time, after })
  }

  #follow(record: SealedRecord, isIntact: boolean): void {
    const { seq, time, type, hash } = record
    const last = this.#last
    if (last === undefined) this.#start = record.previous
    if (type === 'log.start') this.#runStarts(time)
    else if (isIntact && last !== undefined) this.#count(record, seq - last.seq - 1)
    this.#records += 1
    this.#file.records += 1
    const { file } = this.#file
    if (this.#file.last === undefined) {
      this.#file.first = { seq, time }
      this.#file.last = { seq, time }
    } else {
      this.#file.last.seq = seq
      this.#file.last.time = time
    }
    if (last === undefined) this.#last = { file, line: this.#line, seq, hash, type }
    else {
      last.file = file
      last.line = this.#line
      last.seq = seq
      last.hash = hash
      last.type = type
    }
    if (hash === this.#expected) this.#hasExpected = true
  }

  #runStarts(time: string): void {
    this.#runs += 1
    const isAfterStop = this.#last === undefined || this.#last.type === 'log.stop'
    if (isAfterStop) return
    this.#crashCount += 1
    if (this.#crashes.length < LISTED_MAX) this.#crashes.push({ ...this.#place, time, isAfterStop })
  }

  /** A gap in the numbers is as large as the `log.lost` behind it says. */
  #count(record: SealedRecord, missing: number): void {
    const told = record.type === 'log.lost' ? Number(LOST.exec(record.body)?.[1] ?? 0) : 0
    this.#lost += told
    if (missing !== told && this.#gaps.length < LISTED_MAX) this.#gaps.push(this.#place)
  }
}

/** Whether a log begins where none was before it. */
export function isGenesis(hash: string | undefined): boolean {
  return hash === GENESIS
}

function newFile(file: string): MutableFile {
  return { file, records: 0, first: undefined, last: undefined, breaks: 0, isCutShort: false }
}

function readSealed(line: string): SealedRecord | undefined {
  const sealed = splitSealed(decodeLine(line))
  const header = readHeader(line)
  if (sealed === undefined || header === undefined) return undefined
  return {
    body: sealed.body,
    hash: sealed.hash,
    seq: header.seq,
    time: header.time,
    type: header.type,
    previous: previousIn(line),
  }
}

/** What the first record of a file continues; its last field but the hash. */
function previousIn(line: string): string | undefined {
  const end = line.length - SEAL_LENGTH - 1
  const start = end - 64
  if (!line.startsWith(PREVIOUS_KEY, start - PREVIOUS_KEY.length)) return undefined
  const previous = line.slice(start, end)
  return HASH.test(previous) ? previous : undefined
}
