/** How often each rule decided something: a session, a pinhole, or that there was to be none. */
import type { LogEntry } from '../audit/log-entry.ts'
import { isRefusal } from '../audit/entry-facts.ts'

/** A rule file has as many rules as somebody wrote; a log could be made to name more. */
const RULES_MAX = 20_000

export interface RuleHit {
  readonly rule: string
  readonly sessions: number
  readonly pinholes: number
  readonly refusals: number
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class RuleHits {
  readonly #rules = new Map<string, Writable<RuleHit>>()
  #uncounted = 0

  /** Hits of rules that found no room. */
  get uncounted(): number {
    return this.#uncounted
  }

  count(entry: LogEntry): void {
    const rule = entry.fields['rule']
    if (typeof rule !== 'string') return
    const what = kindOf(entry)
    if (what === undefined) return
    const hit = this.#rules.get(rule) ?? this.#begin(rule)
    if (hit === undefined) this.#uncounted += 1
    else hit[what] += 1
  }

  /** Most hits first. */
  report(): readonly RuleHit[] {
    return [...this.#rules.values()].toSorted(
      (a, b) => hitsOf(b) - hitsOf(a) || (a.rule < b.rule ? -1 : 1),
    )
  }

  #begin(rule: string): Writable<RuleHit> | undefined {
    if (this.#rules.size >= RULES_MAX) return undefined
    const hit = { rule, sessions: 0, pinholes: 0, refusals: 0 }
    this.#rules.set(rule, hit)
    return hit
  }
}

export function hitsOf({ sessions, pinholes, refusals }: RuleHit): number {
  return sessions + pinholes + refusals
}

function kindOf(entry: LogEntry): 'sessions' | 'pinholes' | 'refusals' | undefined {
  if (entry.type === 'session.open') return 'sessions'
  if (entry.type === 'pinhole.open') return 'pinholes'
  return isRefusal(entry) ? 'refusals' : undefined
}
