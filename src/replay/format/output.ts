/** What replays are printed as: records go in as they come, lines come out. */
import { connectionOf, type ReplayRecord, type ReplaySink } from '../record.ts'

export type WriteLine = (line: string) => void

export interface ReplayOutput extends ReplaySink {
  /** The capture is over: writes what is still kept. */
  end(): void
}

/** Lines of one control connection that are kept until it is over. */
const KEPT_LINES_MAX = 20_000

interface Group {
  lines: string[]
  isGone: boolean
  /** Of the engine's sessions of this connection; a gap starts another. */
  open: number
}

/**
 * Keeps the lines of control connections that run at the same time apart: those of one are written
 * together when it is over. One that has very many is written in pieces.
 */
export class GroupedLines {
  readonly #write: WriteLine
  readonly #groups = new Map<string, Group>()

  constructor(write: WriteLine) {
    this.#write = write
  }

  add(record: ReplayRecord, lines: readonly string[]): void {
    const name = groupOf(record)
    if (name === undefined) {
      for (const line of lines) this.#write(line)
      return
    }
    const group = this.#groups.get(name) ?? { lines: [], isGone: false, open: 0 }
    this.#groups.set(name, group)
    group.lines.push(...lines)
    if (record.type === 'session.open') group.open += 1
    if (record.type === 'session.close') group.open -= 1
    if (group.isGone && group.open <= 0) this.#flush(name, group)
    else if (group.lines.length > KEPT_LINES_MAX) this.#writeOut(group)
  }

  /** The control connection of `session` is over; its data connections may not be. */
  over(session: string): void {
    const name = connectionOf(session)
    const group = this.#groups.get(name)
    if (group === undefined) return
    group.isGone = true
    if (group.open <= 0) this.#flush(name, group)
  }

  end(): void {
    for (const [name, group] of this.#groups) this.#flush(name, group)
  }

  #flush(name: string, group: Group): void {
    this.#groups.delete(name)
    this.#writeOut(group)
  }

  #writeOut(group: Group): void {
    for (const line of group.lines) this.#write(line)
    group.lines = []
  }
}

function groupOf(record: ReplayRecord): string | undefined {
  if (!('session' in record) || record.session === undefined) return undefined
  return connectionOf(record.session)
}
