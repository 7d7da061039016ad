/**
 * What records say only together: who is logged in, whether the control connection can be read, and
 * which rule let a data connection through. What is kept is bounded by the sessions that are open,
 * and by a limit where their ends are missing.
 */
import { type LineHeader } from './line-header.ts'
import { type LogEntry, textOf } from './log-entry.ts'
import { sessionsOverAt } from './run-start.ts'

export interface EntryContext {
  /** Who is logged in: the argument of the last USER that the server answered with 230 or 232. */
  readonly user: string | undefined
  /** Whether the control connection cannot be read; `undefined` for records about no session. */
  readonly isOpaque: boolean | undefined
  /** The rule that the record names, or that let its data connection through. */
  readonly rule: string | undefined
  /** The record is the reply that logged `user` in. */
  readonly isLogin: boolean
}

interface LiveSession {
  user: string | undefined
  pendingUser: string | undefined
  isOpaque: boolean
  rule: string | undefined
  readonly pinholeRules: Map<string, string>
}

/** About 50 MB; reached only where sessions never end. */
const SESSIONS_MAX = 100_000
/** A session has one expectation, and transfers that still run. */
const PINHOLES_MAX = 64

const LOGIN_VERBS: ReadonlySet<string> = new Set(['USER', 'PASS', 'ACCT'])
/** Types that are followed whatever they hold. */
const FOLLOWED: ReadonlySet<string> = new Set([
  'session.open',
  'session.close',
  'channel.opaque',
  'channel.clear',
  'pinhole.open',
  'log.start',
])

export class SessionTracker {
  readonly #sessions = new Map<string, LiveSession>()

  /** Sessions that are followed at present. */
  get size(): number {
    return this.#sessions.size
  }

  /** Whether a line has to be observed; the cheap question before parsing it. */
  static concerns(header: LineHeader, line: string): boolean {
    if (FOLLOWED.has(header.type)) return true
    if (header.type === 'control.command')
      return line.includes('"verb":"USER"') || line.includes('"verb":"REIN"')
    return (
      header.type === 'control.reply' &&
      (line.includes('"code":230,') || line.includes('"code":232,') || line.includes('"REIN"'))
    )
  }

  /** Learns from `entry`; what holds for it and for what comes after it. */
  observe(entry: LogEntry): EntryContext {
    const isOver = sessionsOverAt(entry)
    if (isOver !== undefined) deleteKeys(this.#sessions, isOver)
    const own = textOf(entry, 'rule')
    if (entry.session === undefined)
      return { user: undefined, isOpaque: undefined, rule: own, isLogin: false }
    const session = this.#sessions.get(entry.session) ?? this.#begin(entry.session)
    const isLogin = follow(session, entry)
    const pinhole = textOf(entry, 'pinhole')
    const context = {
      user: session.user,
      isOpaque: session.isOpaque,
      rule: own ?? (pinhole === undefined ? undefined : ruleOf(session, pinhole)),
      isLogin,
    }
    if (entry.type === 'session.close') this.#sessions.delete(entry.session)
    return context
  }

  #begin(id: string): LiveSession {
    const session: LiveSession = {
      user: undefined,
      pendingUser: undefined,
      isOpaque: false,
      rule: undefined,
      pinholeRules: new Map(),
    }
    dropOldest(this.#sessions, SESSIONS_MAX)
    this.#sessions.set(id, session)
    return session
  }
}

/** A static range belongs to the rule of the session. */
function ruleOf(session: LiveSession, pinhole: string): string | undefined {
  return session.pinholeRules.get(pinhole) ?? (pinhole.endsWith('/p0') ? session.rule : undefined)
}

/** @returns whether somebody is logged in with this record. */
function follow(session: LiveSession, entry: LogEntry): boolean {
  const { record } = entry
  switch (record?.type) {
    case 'session.open':
      session.rule = record.rule
      return false
    case 'pinhole.open':
      dropOldest(session.pinholeRules, PINHOLES_MAX)
      session.pinholeRules.set(record.pinhole, record.rule)
      return false
    case 'channel.opaque':
      session.isOpaque = true
      // Whoever logs in now does so unseen (RFC 4217 §4).
      session.user = undefined
      session.pendingUser = undefined
      return false
    case 'channel.clear':
      // The client goes first; what the server says can still not be read.
      if (record.side === 'server') session.isOpaque = false
      return false
    case 'control.command':
      if (record.verb === 'USER') {
        session.user = undefined
        session.pendingUser = record.argument
      }
      return false
    case 'control.reply':
      return followReply(session, record.verb, record.code)
    default:
      return false
  }
}

function followReply(session: LiveSession, verb: string | undefined, code: number): boolean {
  if (verb === 'REIN' && code < 400) {
    session.user = undefined
    session.pendingUser = undefined
  }
  if (verb === undefined || !LOGIN_VERBS.has(verb) || (code !== 230 && code !== 232)) return false
  if (session.pendingUser === undefined) return false
  session.user = session.pendingUser
  session.pendingUser = undefined
  return true
}

function deleteKeys(map: Map<string, unknown>, isTo: (key: string) => boolean): void {
  for (const key of map.keys()) if (isTo(key)) map.delete(key)
}

function dropOldest(map: Map<string, unknown>, sizeMax: number): void {
  if (map.size < sizeMax) return
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
