/**
 * The hash chain of the packet log: every line ends in the SHA-256 of the line before it and of
 * itself, so that a line changed, moved or taken out breaks the chain there. The first line of a
 * file also names the hash it continues from: `GENESIS` for a new log, the end of the earlier file
 * after a rotation. The chain has no key. It shows tampering to whoever holds a later hash than the
 * one who tampered; docs/packet-log.md says what that means for an auditor.
 */
import { hash as digest } from 'node:crypto'

/** What the very first record of a log continues from. */
export const GENESIS: string = '0'.repeat(64)

/** A record as it stands in the file, without the line feed. */
export interface SealedLine {
  readonly line: string
  readonly hash: string
}

const HASH_KEY = ',"hash":"'
const HASH = /^[0-9a-f]{64}$/
/** The seal at the end of a line: `,"hash":"…"}`. */
export const SEAL_LENGTH: number = HASH_KEY.length + 64 + 2

/**
 * Seals `body`, the text of a JSON object with at least one field, behind the record whose hash is
 * `previous` (64 lower-case hexadecimal digits).
 */
export function sealLine(previous: string, body: string): SealedLine {
  const hash = hashOf(previous, body)
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, hash }
}

/**
 * Seals the first line of a file, which says in `previous` what it continues, and in `worker` which of
 * several processes the file is of.
 */
export function sealFirstLine(previous: string, body: string, worker?: number): SealedLine {
  const mark = worker === undefined ? '' : `,"worker":${worker}`
  const marked = body.endsWith(`${mark}}`) ? body : `${body.slice(0, -1)}${mark}}`
  return sealLine(previous, `${marked.slice(0, -1)},"previous":"${previous}"}`)
}

/** The hash that ends `line`, unverified; `undefined` when `line` is not a sealed record. */
export function hashOfLine(line: string): string | undefined {
  return splitSealed(line)?.hash
}

/** A sealed line taken apart, unverified: the record without its hash, and the hash. */
export function splitSealed(line: string): { body: string; hash: string } | undefined {
  const end = line.length - SEAL_LENGTH
  if (end < 2 || !line.startsWith('{') || !line.startsWith(HASH_KEY, end) || !line.endsWith('"}'))
    return undefined
  const hash = line.slice(-66, -2)
  return HASH.test(hash) ? { body: `${line.slice(0, end)}}`, hash } : undefined
}

/** Why a record does not follow the one before it. */
export type ChainProblem =
  /** The first line of the file names nothing that it continues: lines before it are gone. */
  | 'headless'
  /** It continues another file than the one before it. */
  | 'elsewhere'
  /** The numbering jumps as well: records between this one and the one before are gone. */
  | 'missing'
  /** This record or the one before it is not what was written. */
  | 'altered'

/** Lines count from 1. */
export interface ChainBreak {
  readonly line: number
  readonly problem: ChainProblem
}

export interface ChainReport {
  /** Records up to the first break. */
  readonly records: number
  /** Hash of the last of them; what the next file has to continue. */
  readonly head: string
  /** What the first record continues: `GENESIS`, or the last hash of an earlier file. */
  readonly start: string | undefined
  readonly firstBreak: ChainBreak | undefined
  /** Lines that are no records: a record cut short by a crash, or something foreign. */
  readonly foreignLines: readonly number[]
  /**
   * `log.start` records that follow no `log.stop`: the run before ended in a crash, or the end of
   * its records was taken out.
   */
  readonly startsWithoutStop: readonly number[]
  /** The last record is `log.stop`: nothing is missing at the end unless that is. */
  readonly isStopped: boolean
}

/**
 * Checks all lines of a file, or of several files in order. `start` is the hash that the first
 * record has to continue, where the caller knows it.
 */
export function verifyChain(lines: Iterable<string>, start?: string): ChainReport {
  const verifier = new ChainVerifier(start)
  for (const line of lines) verifier.accept(line)
  return verifier.report()
}

/** {@link verifyChain} line by line, for logs that do not fit into memory. */
export class ChainVerifier {
  readonly #expectedStart: string | undefined
  #start: string | undefined
  #head: string | undefined
  #lines = 0
  #records = 0
  #lastSeq = 0
  #lastType = 'log.stop'
  #firstBreak: ChainBreak | undefined
  readonly #foreignLines: number[] = []
  readonly #startsWithoutStop: number[] = []

  constructor(start?: string) {
    this.#expectedStart = start
    this.#head = start
  }

  accept(line: string): void {
    this.#lines += 1
    if (this.#firstBreak !== undefined || line === '') return
    const record = parseSealed(line)
    if (record === undefined) {
      this.#foreignLines.push(this.#lines)
      return
    }
    const problem = this.#problemOf(record)
    if (problem === undefined) this.#follow(record)
    else this.#firstBreak = { line: this.#lines, problem }
  }

  report(): ChainReport {
    return {
      records: this.#records,
      head: this.#head ?? GENESIS,
      start: this.#start,
      firstBreak: this.#firstBreak,
      foreignLines: this.#foreignLines,
      startsWithoutStop: this.#startsWithoutStop,
      isStopped: this.#records > 0 && this.#lastType === 'log.stop',
    }
  }

  #problemOf(record: SealedRecord): ChainProblem | undefined {
    const previous = this.#head ?? record.previous
    if (previous === undefined) return 'headless'
    if (hashOf(previous, record.body) === record.hash) return undefined
    if (record.previous !== undefined && record.previous !== previous) return 'elsewhere'
    return record.seq === this.#lastSeq + 1 || this.#records === 0 ? 'altered' : 'missing'
  }

  #follow(record: SealedRecord): void {
    if (this.#records === 0) this.#start = record.previous ?? this.#expectedStart
    if (record.type === 'log.start' && this.#lastType !== 'log.stop')
      this.#startsWithoutStop.push(this.#lines)
    this.#records += 1
    this.#head = record.hash
    this.#lastSeq = record.seq
    this.#lastType = record.type
  }
}

interface SealedRecord {
  readonly body: string
  readonly hash: string
  readonly type: string
  readonly seq: number
  readonly previous: string | undefined
}

function parseSealed(line: string): SealedRecord | undefined {
  const sealed = splitSealed(line)
  const fields = sealed === undefined ? undefined : parseObject(sealed.body)
  if (sealed === undefined || fields === undefined) return undefined
  const previous = fields['previous']
  return {
    ...sealed,
    type: typeof fields['type'] === 'string' ? fields['type'] : '',
    seq: typeof fields['seq'] === 'number' ? fields['seq'] : 0,
    previous: typeof previous === 'string' ? previous : undefined,
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** What seals `body`, a record without its hash, behind the record whose hash is `previous`. */
export function hashOf(previous: string, body: string): string {
  return digest('sha256', previous + body, 'hex')
}
