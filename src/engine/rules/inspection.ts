/**
 * The checks that a profile can switch: which there are, and what each may do about what it finds.
 * Where a line could not be understood by client, proxy and server alike, or would lead to a port
 * that is nobody's business, a check can be made stricter and never be switched off.
 */
import type { Pattern } from './pattern.ts'

/**
 * `deny`: the command is answered, or the reply replaced, by the proxy; `reset`: the session ends;
 * `mask`: it passes, and what was found is covered; `log`: it passes with a record; `off`: it passes.
 */
export type CheckAction = 'deny' | 'reset' | 'mask' | 'log' | 'off'

type Unsafe = 'deny' | 'reset'
type Any = 'deny' | 'reset' | 'log' | 'off'
type Telling = 'mask' | 'log' | 'off'

/** Checks with one action. */
export interface SwitchActions {
  readonly 'embedded-commands': Unsafe
  readonly 'bare-line-feeds': Any
  readonly 'truncated-commands': Any
  readonly 'malformed-addresses': Unsafe
  readonly 'command-spoofing': 'reset'
  readonly 'reply-spoofing': Unsafe
  readonly 'low-ports': Unsafe
  readonly pipelining: Any
  readonly 'unacknowledged-commands': Any
  readonly 'eight-bit': CheckAction
  readonly rest: Any
  readonly 'site-exec': Any
  readonly 'unknown-verbs': Any
  readonly banner: Telling
  readonly 'syst-reply': Telling
}

const UNSAFE: readonly Unsafe[] = ['deny', 'reset']
const ANY: readonly Any[] = ['deny', 'reset', 'log', 'off']
const TELLING: readonly Telling[] = ['mask', 'log', 'off']

/** The actions that each has. */
export const SWITCHES: { readonly [N in SwitchName]: readonly SwitchActions[N][] } = {
  'embedded-commands': UNSAFE,
  'bare-line-feeds': ANY,
  'truncated-commands': ANY,
  'malformed-addresses': UNSAFE,
  'command-spoofing': ['reset'],
  'reply-spoofing': UNSAFE,
  'low-ports': UNSAFE,
  pipelining: ANY,
  'unacknowledged-commands': ANY,
  'eight-bit': ['deny', 'reset', 'mask', 'log', 'off'],
  rest: ANY,
  'site-exec': ANY,
  'unknown-verbs': ANY,
  banner: TELLING,
  'syst-reply': TELLING,
}

export type SwitchName = keyof SwitchActions

/** Checks that are lists: each entry has an action for what matches its patterns. */
export type ListName = 'file-names' | 'file-types' | 'users'

export const LIST_ACTIONS: readonly Any[] = ANY

export type CheckName = SwitchName | ListName

/** Whether a profile may let pass what the check finds. */
export function canBeOff(check: CheckName): boolean {
  const actions: Readonly<Partial<Record<CheckName, readonly CheckAction[]>>> = SWITCHES
  return actions[check]?.includes('off') ?? true
}

/** An entry of a list. The first with a pattern that matches decides. */
export interface PatternRule {
  readonly match: readonly Pattern[]
  readonly action: Any
}

export interface Checks {
  readonly actions: SwitchActions
  readonly lists: Readonly<Record<ListName, readonly PatternRule[]>>
}
