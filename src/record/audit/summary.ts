/**
 * Counts, bytes and refusals by client, user, rule and so on, in one pass and in bounded memory.
 * There may be more keys than fit: then those with the least so far are added up as "others". The
 * sum of all rows stays exact; a key that was dropped and came back is counted too low in its row,
 * and the summary says that this has happened.
 */
import { addressIn, isRefusal, verdictOf } from './entry-facts.ts'
import { type LogEntry, textOf } from './log-entry.ts'
import type { EntryContext } from './session-tracker.ts'

export const DIMENSIONS = [
  'client',
  'user',
  'server',
  'rule',
  'reason',
  'check',
  'verb',
  'hour',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

export const MEASURES = [
  'sessions',
  'commands',
  'transfers',
  'toClient',
  'toServer',
  'refusals',
  'notes',
] as const
export type Measure = (typeof MEASURES)[number]

/** What rows can be ordered by. */
export const ORDERS = ['sessions', 'commands', 'transfers', 'bytes', 'refusals', 'notes'] as const
export type Order = (typeof ORDERS)[number]

export type Counts = Readonly<Record<Measure, number>>

export interface SummaryRow extends Counts {
  /** `undefined` for what has none: a session without a login, a log record without a client. */
  readonly key: string | undefined
}

export interface SummaryReport {
  readonly dimension: Dimension
  /** The first `top`, most first; hours in their order. */
  readonly rows: readonly SummaryRow[]
  /** Everything that has no row of its own. */
  readonly others: Counts
  /** How many keys `others` stands for; where `isExact` is false, up to so many. */
  readonly otherKeys: number
  readonly total: Counts
  /** Whether each row counts everything of its key. */
  readonly isExact: boolean
}

const REFUSALS = ['session.refused', 'data.refused', 'verdict'] as const
const OF_SESSIONS = [...REFUSALS, 'session.open', 'data.close', 'control.command'] as const

/** Types that are counted; all others need not be parsed. Of a login only the reply is. */
const COUNTED: Readonly<Record<Dimension, ReadonlySet<string>>> = {
  client: new Set(OF_SESSIONS),
  server: new Set(OF_SESSIONS),
  hour: new Set(OF_SESSIONS),
  user: new Set([...REFUSALS, 'data.close', 'control.command', 'control.reply']),
  rule: new Set([...REFUSALS, 'session.open', 'data.close']),
  verb: new Set([...REFUSALS, 'data.close', 'control.command']),
  reason: new Set(REFUSALS),
  check: new Set(['verdict']),
}

const NEEDS_SESSIONS: ReadonlySet<Dimension> = new Set(['user', 'rule'])

/** A key that is not known, and is not to be mistaken for one that a peer chose. */
const NONE = Symbol('none')
type Key = string | typeof NONE

/** About 20 MB. */
export const KEYS_MAX = 65_536

type MutableCounts = Record<Measure, number>

export class Summary {
  readonly dimension: Dimension
  readonly needsSessions: boolean
  readonly #sort: Order
  readonly #keysMax: number
  readonly #rows = new Map<Key, MutableCounts>()
  readonly #others: MutableCounts = noCounts()
  readonly #total: MutableCounts = noCounts()
  #droppedKeys = 0

  constructor(dimension: Dimension, sort?: Order, keysMax: number = KEYS_MAX) {
    this.dimension = dimension
    this.needsSessions = NEEDS_SESSIONS.has(dimension)
    this.#sort = sort ?? defaultSort(dimension)
    this.#keysMax = keysMax
  }

  /** What rows are ordered by. */
  get sort(): Order {
    return this.#sort
  }

  /** Whether a record of this type and with this line may count. */
  concerns(type: string, line?: string): boolean {
    return (
      COUNTED[this.dimension].has(type) &&
      (type !== 'control.reply' || line === undefined || mayLogIn(line))
    )
  }

  add(entry: LogEntry, context: EntryContext): void {
    const measured = measure(entry, context, this.dimension)
    if (measured === undefined) return
    const key = keyOf(this.dimension, entry, context)
    if (key === undefined) return
    const row = this.#rows.get(key) ?? this.#begin(key)
    for (const [name, amount] of measured) {
      row[name] += amount
      this.#total[name] += amount
    }
  }

  report(top: number): SummaryReport {
    const rows = [...this.#rows].map(([key, counts]) => ({
      key: key === NONE ? undefined : key,
      ...counts,
    }))
    const isTimeline = this.dimension === 'hour'
    const sorted = rows.toSorted(
      isTimeline ? (a, b) => compareText(a.key, b.key) : (a, b) => this.#compare(a, b),
    )
    const shown = sorted.slice(0, top)
    const others = { ...this.#others }
    for (const row of sorted.slice(top)) addTo(others, row)
    return {
      dimension: this.dimension,
      rows: shown,
      others,
      otherKeys: sorted.length - shown.length + this.#droppedKeys,
      total: { ...this.#total },
      isExact: this.#droppedKeys === 0,
    }
  }

  #begin(key: Key): MutableCounts {
    if (this.#rows.size >= this.#keysMax) this.#dropHalf()
    const row = noCounts()
    this.#rows.set(key, row)
    return row
  }

  /** Half at a time, so that sorting costs little for each key. */
  #dropHalf(): void {
    const sorted = [...this.#rows].toSorted(([, a], [, b]) => this.#compareCounts(a, b))
    for (const [key, counts] of sorted.slice(Math.ceil(sorted.length / 2))) {
      addTo(this.#others, counts)
      this.#rows.delete(key)
      this.#droppedKeys += 1
    }
  }

  #compare(a: SummaryRow, b: SummaryRow): number {
    return this.#compareCounts(a, b) || compareText(a.key, b.key)
  }

  /** Most first. What is equal goes by everything else that is counted. */
  #compareCounts(a: Counts, b: Counts): number {
    return weight(b, this.#sort) - weight(a, this.#sort) || events(b) - events(a)
  }
}

function defaultSort(dimension: Dimension): Order {
  switch (dimension) {
    case 'reason':
    case 'check':
      return 'refusals'
    case 'verb':
      return 'commands'
    case 'rule':
    case 'user':
    case 'client':
    case 'server':
    case 'hour':
      return 'sessions'
  }
}

function keyOf(dimension: Dimension, entry: LogEntry, context: EntryContext): Key | undefined {
  switch (dimension) {
    case 'client':
      return addressOf(textOf(entry, 'client') ?? textOf(entry, 'peer'))
    case 'server':
      return addressOf(textOf(entry, 'server'))
    case 'user':
      return context.user ?? NONE
    case 'rule':
      return context.rule
    case 'reason':
      return textOf(entry, 'reason')
    case 'check':
      return textOf(entry, 'check')
    case 'verb':
      return textOf(entry, 'verb')
    case 'hour':
      return `${entry.time.slice(0, 13)}:00Z`
  }
}

function addressOf(endpointText: string | undefined): Key {
  return endpointText === undefined ? NONE : addressIn(endpointText)
}

type Measured = readonly (readonly [Measure, number])[]

function measure(
  entry: LogEntry,
  context: EntryContext,
  dimension: Dimension,
): Measured | undefined {
  switch (entry.type) {
    case 'session.open':
      return dimension === 'user' ? undefined : [['sessions', 1]]
    case 'control.reply':
      return context.isLogin ? [['sessions', 1]] : undefined
    case 'control.command':
      return [['commands', 1]]
    case 'data.close':
      return [
        ['transfers', 1],
        ['toClient', countOf(entry, 'toClientBytes')],
        ['toServer', countOf(entry, 'toServerBytes')],
      ]
    case 'session.refused':
    case 'data.refused':
    case 'verdict':
      return [[isRefusal(entry) ? 'refusals' : 'notes', verdictOf(entry) === undefined ? 0 : 1]]
    default:
      return undefined
  }
}

function countOf(entry: LogEntry, field: string): number {
  const value = entry.fields[field]
  return typeof value === 'number' ? value : 0
}

function noCounts(): MutableCounts {
  return {
    sessions: 0,
    commands: 0,
    transfers: 0,
    toClient: 0,
    toServer: 0,
    refusals: 0,
    notes: 0,
  }
}

function addTo(sum: MutableCounts, counts: Counts): void {
  for (const name of MEASURES) sum[name] += counts[name]
}

/** 230 and 232 alone; everything else that a server says need not be parsed. */
function mayLogIn(line: string): boolean {
  return line.includes('"code":230,') || line.includes('"code":232,')
}

/** How much there is of what rows are ordered by. */
export function weight(counts: Counts, order: Order): number {
  return order === 'bytes' ? counts.toClient + counts.toServer : counts[order]
}

function events(counts: Counts): number {
  return counts.sessions + counts.commands + counts.transfers + counts.refusals + counts.notes
}

/** By code unit, and what has no text last. */
function compareText(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  return a < b ? -1 : 1
}
