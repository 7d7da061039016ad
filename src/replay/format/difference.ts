/**
 * What two rule files would have decided differently: the same capture goes through both, and what
 * each says at the time of one packet is set against the other.
 */
import { connectionOf, type ReplayRecord, type ReplaySink } from '../record.ts'
import type { WriteLine } from './output.ts'
import { wordsOf } from './words.ts'

export interface Difference {
  readonly session: string
  /** ISO 8601. */
  readonly time: string
  /** What the first rule file decides and the second does not; empty where it just lets pass. */
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Decisions of one control connection that are kept; beyond them only differences in number show. */
const KEPT_MAX = 50_000

interface Kept {
  /** By the time of the packet. */
  readonly decisions: Map<number, [string[], string[]]>
  client: string
  server: string
  gone: number
  open: number
}

export class DifferenceOutput {
  readonly #write: WriteLine
  readonly #isJson: boolean
  readonly #kept = new Map<string, Kept>()
  #count = 0
  #sessions = 0

  constructor(write: WriteLine, isJson: boolean = false) {
    this.#write = write
    this.#isJson = isJson
  }

  /** Decisions that differ. */
  get count(): number {
    return this.#count
  }

  /** For the first rule file, 0, and the other, 1. */
  sink(party: 0 | 1): ReplaySink {
    return {
      record: (record, at, session) => this.#record(party, record, at, session),
      over: (session) => this.#over(connectionOf(session)),
    }
  }

  end(): void {
    for (const [name, kept] of this.#kept) this.#compare(name, kept)
    this.#kept.clear()
    if (this.#isJson) return
    const sessions = `in ${this.#sessions} ${this.#sessions === 1 ? 'session' : 'sessions'}`
    this.#write(
      this.#count === 0
        ? 'No decision differs.'
        : `${this.#count} ${this.#count === 1 ? 'difference' : 'differences'} ${sessions}.`,
    )
  }

  #record(party: 0 | 1, record: ReplayRecord, at: number, session: string | undefined): void {
    if (record.type === 'capture.end') return
    const own = 'session' in record ? record.session : undefined
    const name = connectionOf(own ?? session ?? '')
    const kept = this.#keptOf(name)
    if ('client' in record && record.client !== undefined) kept.client = record.client
    if ('server' in record && record.server !== undefined && record.server !== '')
      kept.server = record.server
    if (record.type === 'session.open') kept.open += 1
    if (record.type === 'session.close') kept.open -= 1
    const words = wordsOf(record)
    if (words === undefined || kept.decisions.size >= KEPT_MAX) return
    const place = kept.decisions.get(at) ?? [[], []]
    place[party].push(`${words.what} ${words.text}`)
    kept.decisions.set(at, place)
    if (kept.gone >= 2 && kept.open <= 0) this.#over(name)
  }

  #keptOf(name: string): Kept {
    const known = this.#kept.get(name)
    if (known !== undefined) return known
    const kept: Kept = { decisions: new Map(), client: '', server: '', gone: 0, open: 0 }
    this.#kept.set(name, kept)
    return kept
  }

  #over(name: string): void {
    const kept = this.#kept.get(name)
    if (kept === undefined) return
    kept.gone += 1
    if (kept.gone < 2 || kept.open > 0) return
    this.#kept.delete(name)
    this.#compare(name, kept)
  }

  #compare(name: string, { decisions, client, server }: Kept): void {
    let hasHeading = false
    for (const [at, [first, second]] of [...decisions].toSorted(([a], [b]) => a - b)) {
      const before = without(first, second)
      const after = without(second, first)
      if (before.length === 0 && after.length === 0) continue
      this.#count += 1
      if (!hasHeading) this.#sessions += 1
      const time = new Date(at).toISOString()
      if (this.#isJson) {
        const difference = { session: name, client, server, time, before, after }
        this.#write(JSON.stringify(difference))
      } else {
        if (!hasHeading) this.#write(`${name}  ${client} → ${server}`)
        for (const line of before) this.#write(`  ${time}  - ${line}`)
        for (const line of after) this.#write(`  ${time}  + ${line}`)
      }
      hasHeading = true
    }
  }
}

/** What is in `lines` more often than in `others`. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return lines.filter((line) => {
    const at = left.indexOf(line)
    if (at === -1) return true
    left.splice(at, 1)
    return false
  })
}
