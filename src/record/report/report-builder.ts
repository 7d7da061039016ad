/**
 * From the records of a log to everything that a report shows, in one pass and in bounded memory:
 * counts for all of it, rows for the latest sessions, and ladders for as many of these as fit.
 */
import type { Consumer } from '../audit/auditor.ts'
import { isRefusal, verdictOf } from '../audit/entry-facts.ts'
import { type LogEntry, textOf } from '../audit/log-entry.ts'
import { sessionsOverAt } from '../audit/run-start.ts'
import type { EntryContext } from '../audit/session-tracker.ts'
import { StoryBuilder } from '../audit/story-builder.ts'
import { type Counts, Summary, type SummaryReport } from '../audit/summary.ts'
import { type RuleHit, RuleHits } from './rule-hits.ts'
import { type ShelfReport, SHELF_LIMITS, type ShelfLimits, SessionShelf } from './session-shelf.ts'
import { Timeline, type TimelineReport } from './timeline.ts'

export interface ReportLimits extends ShelfLimits {
  /** Events of one ladder. */
  readonly eventsMax: number
  /** Sessions open at the same time whose ladders are followed; others get a row only. */
  readonly laddersMax: number
  /** Sessions open at the same time; reached only where ends are missing. */
  readonly openMax: number
}

export const REPORT_LIMITS: ReportLimits = {
  ...SHELF_LIMITS,
  eventsMax: 400,
  laddersMax: 1000,
  openMax: 100_000,
}

/** Of a session without a ladder; enough to tell who logged in. */
const EVENTS_MIN = 4
/** Reasons and rules of one session. */
const CODES_MAX = 32
/** Rows of a card. */
const TOP = 6

export interface ReportModel {
  readonly firstTime: string
  readonly lastTime: string
  readonly total: Counts
  readonly opaqueSessions: number
  readonly timeline: TimelineReport
  readonly clients: SummaryReport
  readonly reasons: SummaryReport
  readonly rules: readonly RuleHit[]
  readonly shelf: ShelfReport
  readonly limits: ReportLimits
}

interface OpenSession {
  readonly builder: StoryBuilder
  readonly hasLadder: boolean
  readonly reasons: Set<string>
  readonly rules: Set<string>
  isOpaque: boolean
  commands: number
  transfers: number
}

export class ReportBuilder implements Consumer {
  readonly needsSessions = true
  readonly #limits: ReportLimits
  readonly #shelf: SessionShelf
  readonly #open = new Map<string, OpenSession>()
  readonly #clients = new Summary('client')
  readonly #reasons = new Summary('reason')
  readonly #rules = new RuleHits()
  readonly #timeline = new Timeline()
  #ladders = 0
  #firstTime = ''
  #lastTime = ''
  #opaqueSessions = 0

  constructor(limits: ReportLimits = REPORT_LIMITS) {
    this.#limits = limits
    this.#shelf = new SessionShelf(limits)
  }

  take(entry: LogEntry, context: EntryContext): void {
    if (this.#firstTime === '') this.#firstTime = entry.time
    this.#lastTime = entry.time
    for (const summary of [this.#clients, this.#reasons])
      if (summary.concerns(entry.type)) summary.add(entry, context)
    this.#rules.count(entry)
    if (entry.type === 'session.open') this.#timeline.count(Date.parse(entry.time), 'sessions')
    if (isRefusal(entry)) this.#timeline.count(Date.parse(entry.time), 'refusals')
    this.#follow(entry)
  }

  /** Call it once: sessions that are still open are shelved as they are. */
  report(): ReportModel {
    this.#closeAll(() => true)
    const clients = this.#clients.report(TOP)
    return {
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      total: clients.total,
      opaqueSessions: this.#opaqueSessions,
      timeline: this.#timeline.report(),
      clients,
      reasons: this.#reasons.report(TOP),
      rules: this.#rules.report(),
      shelf: this.#shelf.report(),
      limits: this.#limits,
    }
  }

  #follow(entry: LogEntry): void {
    const isOver = sessionsOverAt(entry)
    if (isOver !== undefined) this.#closeAll(isOver)
    const id = entry.session
    if (id === undefined) return
    const known = this.#open.get(id)
    // Somebody who comes to a pinhole of a session that is over does not begin it anew.
    if (known === undefined && entry.type === 'data.refused') return
    const session = known ?? this.#begin(id)
    session.builder.accept(entry)
    if (entry.type === 'control.command') session.commands += 1
    if (entry.type === 'data.close') session.transfers += 1
    if (entry.type === 'channel.opaque' && !session.isOpaque) {
      session.isOpaque = true
      this.#opaqueSessions += 1
    }
    if (verdictOf(entry) !== undefined) keep(session.reasons, textOf(entry, 'reason'))
    keep(session.rules, textOf(entry, 'rule'))
    if (session.builder.isClosed) this.#close(id, session)
  }

  #begin(id: string): OpenSession {
    if (this.#open.size >= this.#limits.openMax)
      for (const [oldest, session] of this.#open) {
        this.#close(oldest, session)
        break
      }
    const hasLadder = this.#ladders < this.#limits.laddersMax
    if (hasLadder) this.#ladders += 1
    const session = {
      builder: new StoryBuilder(id, hasLadder ? this.#limits.eventsMax : EVENTS_MIN),
      hasLadder,
      reasons: new Set<string>(),
      rules: new Set<string>(),
      isOpaque: false,
      commands: 0,
      transfers: 0,
    }
    this.#open.set(id, session)
    return session
  }

  #close(id: string, session: OpenSession): void {
    this.#open.delete(id)
    if (session.hasLadder) this.#ladders -= 1
    this.#shelf.put(session.builder.story(), session)
  }

  #closeAll(isOver: (session: string) => boolean): void {
    for (const [id, session] of this.#open) if (isOver(id)) this.#close(id, session)
  }
}

function keep(codes: Set<string>, code: string | undefined): void {
  if (code !== undefined && codes.size < CODES_MAX) codes.add(code)
}
