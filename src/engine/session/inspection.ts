/**
 * The checks of a profile, as far as they are a choice: what a command or a reply that could pass is
 * checked for, and what becomes of it. What can never pass is refused where it is found; here is
 * only said whether such a refusal ends the session.
 */
import type { Command } from '../ftp/command.ts'
import { isKnownVerb, needsArgument } from '../ftp/verb.ts'
import type { CheckAction, Checks, SwitchActions } from '../rules/inspection.ts'
import { checkOf } from './check-of.ts'
import { HIDDEN_VERB } from './client-line.ts'
import { listHits } from './list-hits.ts'
import type { Outbox } from './outbox.ts'
import type { Reason } from './reason.ts'

/** Something that a check found. */
export interface Hit {
  readonly reason: Reason
  readonly action: CheckAction
  readonly detail?: string
}

/** What becomes of a command. */
export type Inspected =
  | { readonly type: 'pass' }
  | { readonly type: 'deny' | 'reset'; readonly reason: Reason; readonly detail?: string }

/** Checks of one command alone. */
const COMMAND_CHECKS: readonly {
  readonly name: keyof SwitchActions
  readonly reason: Reason
  finds(command: Command): boolean
}[] = [
  {
    name: 'truncated-commands',
    reason: 'cmd.truncated',
    finds: (command) => needsArgument(command.verb) && command.isBare,
  },
  { name: 'eight-bit', reason: 'cmd.eight-bit', finds: (command) => command.hasEightBit },
  { name: 'rest', reason: 'cmd.rest', finds: (command) => command.verb === 'REST' },
  {
    name: 'site-exec',
    reason: 'cmd.site-exec',
    finds: (command) => command.verb === 'SITE' && command.twoWords === 'SITE EXEC',
  },
  { name: 'unknown-verbs', reason: 'cmd.unknown', finds: ({ verb }) => !isKnownVerb(verb) },
]

/** RFC 959 §4.1.3: what a client may say without waiting, since it interrupts. */
const INTERRUPTING: ReadonlySet<string> = new Set(['ABOR', 'STAT', 'QUIT'])

export class Inspection {
  readonly #checks: Checks
  readonly #outbox: Outbox
  readonly #active: typeof COMMAND_CHECKS

  constructor(checks: Checks, outbox: Outbox) {
    this.#checks = checks
    this.#outbox = outbox
    this.#active = COMMAND_CHECKS.filter(({ name }) => checks.actions[name] !== 'off')
  }

  /** Whether what is refused for `reason` ends the session as well. */
  resets(reason: Reason): boolean {
    return this.#actionFor(reason) === 'reset'
  }

  /** Whether it matters which commands came before a reply. */
  get watchesOrder(): boolean {
    const { pipelining, 'unacknowledged-commands': unacknowledged } = this.#checks.actions
    return pipelining !== 'off' || unacknowledged !== 'off'
  }

  /** Whether commands that end in LF alone pass with a record. */
  get notesBareLf(): boolean {
    return this.#checks.actions['bare-line-feeds'] === 'log'
  }

  /** What is wrong with a command that comes before a reply; `isSettingUp`: to PORT and the like. */
  outOfOrder(verb: string, isSettingUp: boolean): readonly Reason[] {
    const reasons: Reason[] = []
    if (isSettingUp) reasons.push('cmd.pipelined')
    if (!INTERRUPTING.has(verb)) reasons.push('cmd.unacknowledged')
    return reasons.filter((reason) => this.#actionFor(reason) !== 'off')
  }

  /** A command as it would be sent on. Whatever judges it judges this: covering makes other words. */
  covered(command: Command): Command {
    return this.#checks.actions['eight-bit'] === 'mask' ? command.withoutEightBit() : command
  }

  /**
   * A command whose turn has come, {@link covered}, and what was found when it `arrived`. Records
   * what passes all the same; what does not is the caller's to refuse.
   */
  inspect(
    command: Command,
    verb: string,
    arrived: { readonly command: Command; readonly found: readonly Reason[] },
  ): Inspected {
    const { found } = arrived
    const hits: Hit[] = found.map((reason) => ({ reason, action: this.#actionFor(reason) }))
    for (const check of this.#active)
      if (check.finds(check.name === 'eight-bit' ? arrived.command : command))
        hits.push({ reason: check.reason, action: this.#checks.actions[check.name] })
    hits.push(...listHits(this.#checks.lists, command))
    let refused: Hit | undefined
    for (const hit of hits) {
      if (hit.action === 'log') this.#note(hit, arrived.command, verb, hit.detail)
      else if (hit.action === 'mask') this.#note(hit, arrived.command, verb, 'masked')
      else if (refused?.action !== 'reset') refused = refused?.action === hit.action ? refused : hit
    }
    if (refused === undefined) return { type: 'pass' }
    const { reason, action, detail } = refused
    const type = action === 'reset' ? 'reset' : 'deny'
    return { type, reason, ...(detail === undefined ? {} : { detail }) }
  }

  /** Whether the text of a reply that tells about the server is covered. Records that it was sent. */
  masks(reason: 'reply.banner' | 'reply.system', verb: string | undefined, text: string): boolean {
    const action = this.#actionFor(reason)
    if (action === 'off') return false
    const isMasked = action === 'mask'
    const detail = isMasked ? 'masked' : undefined
    this.#outbox.verdict('note', reason, { side: 'server', verb, argument: text, detail })
    return isMasked
  }

  #note(hit: Hit, command: Command, verb: string, detail: string | undefined): void {
    const argument = verb === HIDDEN_VERB ? undefined : command.argumentText
    this.#outbox.verdict('note', hit.reason, { side: 'client', verb, argument, detail })
  }

  /** `off` where no switch is about it. */
  #actionFor(reason: Reason): CheckAction {
    const check = checkOf(reason)
    const { actions } = this.#checks
    return check === undefined || !isSwitch(check, actions) ? 'off' : actions[check]
  }
}

function isSwitch(name: string, actions: SwitchActions): name is keyof SwitchActions {
  return name in actions
}
