/**
 * The sessions that a report lists, within bounds: the latest rows, and of these the latest with
 * their ladders. What is let go of is counted, so that the page can say so.
 */
import { addressIn } from '../audit/entry-facts.ts'
import type { SessionStory } from '../audit/session-story.ts'
import { visible } from './html-text.ts'
import type { PageData, PageRow } from './page-data.ts'
import { pageStory } from './page-story.ts'

export interface ShelfLimits {
  /** Sessions in the list. */
  readonly rowsMax: number
  /** Ladders, in characters of JSON, all together. */
  readonly storyCharsMax: number
}

/** A page of some 30 MB at most, which a browser still opens in a second or two. */
export const SHELF_LIMITS: ShelfLimits = { rowsMax: 20_000, storyCharsMax: 24_000_000 }

/** What a story does not say about its session. */
export interface SessionFacts {
  readonly isOpaque: boolean
  readonly transfers: number
  readonly commands: number
  /** Codes of what was refused or noted. */
  readonly reasons: ReadonlySet<string>
  /** Names of those that decided anything. */
  readonly rules: ReadonlySet<string>
  /** Whether its ladder is wanted; there may have been no room to follow it. */
  readonly hasLadder: boolean
}

export interface ShelfReport {
  readonly data: PageData
  /** A line of JSON for each row; empty where the ladder was let go of. */
  readonly stories: readonly string[]
  readonly droppedRows: number
  readonly droppedStories: number
  /** Sessions whose ladder lacks records. */
  readonly shortened: number
}

interface Slot {
  readonly row: Row
  story: string
}

/** A row before its texts have a place in the table. */
interface Row {
  readonly session: string
  readonly start: number
  readonly duration: number
  readonly texts: readonly [
    client: string | undefined,
    server: string | undefined,
    user: string | undefined,
    rule: string | undefined,
    listener: string | undefined,
    end: string | undefined,
  ]
  readonly clientPort: number
  readonly counts: readonly [
    commands: number,
    transfers: number,
    toClient: number,
    toServer: number,
    refusals: number,
  ]
  readonly flags: number
  readonly reasons: readonly string[]
  readonly rules: readonly string[]
  readonly isShortened: boolean
}

export class SessionShelf {
  readonly #limits: ShelfLimits
  /** By number, in the order in which they ended. */
  readonly #slots = new Map<number, Slot>()
  #next = 0
  #oldestRow = 0
  #oldestStory = 0
  #storyChars = 0

  constructor(limits: ShelfLimits = SHELF_LIMITS) {
    this.#limits = limits
  }

  put(story: SessionStory, facts: SessionFacts): void {
    const ladder = facts.hasLadder ? JSON.stringify(pageStory(story)) : ''
    this.#slots.set(this.#next, { row: rowOf(story, facts), story: ladder })
    this.#next += 1
    this.#storyChars += ladder.length
    while (this.#storyChars > this.#limits.storyCharsMax) this.#dropStory()
    if (this.#slots.size > this.#limits.rowsMax) this.#dropRow()
  }

  /** Rows in the order of their beginnings. */
  report(): ShelfReport {
    const slots = [...this.#slots.values()].toSorted((a, b) => a.row.start - b.row.start)
    const base = slots[0]?.row.start ?? 0
    const table = new Map<string, number>()
    const rows = slots.map(({ row }) => pageRow(row, base, table))
    return {
      data: { strings: [...table.keys()], base, rows },
      stories: slots.map(({ story }) => story),
      droppedRows: this.#oldestRow,
      droppedStories: slots.filter(({ story }) => story === '').length,
      shortened: slots.filter(({ row, story }) => story !== '' && row.isShortened).length,
    }
  }

  #dropStory(): void {
    const slot = this.#slots.get(this.#oldestStory)
    this.#oldestStory += 1
    if (slot === undefined) return
    this.#storyChars -= slot.story.length
    slot.story = ''
  }

  #dropRow(): void {
    if (this.#oldestStory <= this.#oldestRow) this.#dropStory()
    this.#slots.delete(this.#oldestRow)
    this.#oldestRow += 1
  }
}

function rowOf(story: SessionStory, facts: SessionFacts): Row {
  const { opened, closed, users, client, server } = story
  const start = Date.parse(story.firstTime)
  const { isOpaque, commands, transfers, reasons, rules } = facts
  return {
    session: visible(story.session),
    start,
    duration: closed?.durationMs ?? Math.max(0, Date.parse(story.lastTime) - start),
    texts: [
      addressIn(client),
      server,
      users.at(-1),
      opened?.rule,
      opened?.listener,
      closed?.reason,
    ],
    clientPort: Number(/:(\d{1,5})$/.exec(client)?.[1] ?? 0),
    counts: [commands, transfers, story.toClientBytes, story.toServerBytes, story.refusals],
    flags: (isOpaque ? 1 : 0) + (closed === undefined ? 2 : 0),
    reasons: [...reasons],
    rules: [...rules],
    isShortened: story.omitted > 0,
  }
}

function pageRow(row: Row, base: number, table: Map<string, number>): PageRow {
  const place = (text: string | undefined): number => {
    if (text === undefined) return -1
    const shown = visible(text)
    const known = table.get(shown)
    if (known !== undefined) return known
    table.set(shown, table.size)
    return table.size - 1
  }
  const [client, server, user, rule, listener, end] = row.texts
  return [
    row.session,
    row.start - base,
    row.duration,
    place(client),
    row.clientPort,
    place(server),
    place(user),
    place(rule),
    place(listener),
    place(end),
    ...row.counts,
    row.flags,
    row.reasons.map(place),
    row.rules.map(place),
  ]
}
