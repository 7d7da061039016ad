import type { Evaluator } from '../../engine/rules/ruleset.ts'
import type { Effect } from '../../engine/session/effect.ts'
import type { Event } from '../../engine/session/event.ts'

/** The effects a data path performs. */
export type DataEffect = Extract<
  Effect,
  {
    type:
      | 'openPinhole'
      | 'closePinhole'
      | 'openRange'
      | 'closeRange'
      | 'holdData'
      | 'dialData'
      | 'startData'
      | 'dropData'
      | 'closeData'
  }
>

/** The events a data path reports. */
export type DataEvent = Extract<
  Event,
  {
    type:
      | 'pinholeOpened'
      | 'pinholeFailed'
      | 'rangeOpened'
      | 'dataConnection'
      | 'dataDialed'
      | 'dataDialFailed'
      | 'dataPassed'
      | 'dataDenied'
      | 'dataEnded'
  }
>

/**
 * How data connections are carried. Implementations report through the callback they were made
 * with, never from inside `perform` of the same effect, except `dataConnection`, whose answer
 * (`dialData` or `dropData`) is performed before the callback returns.
 */
export interface DataPath {
  perform(effect: DataEffect): void
  /**
   * Reports what has happened already and was not looked at yet. Called before bytes of a server are
   * handled, so that its 226 does not overtake the data connection that it speaks of.
   */
  settle(): void
  /** The static rules are other ones from now on. */
  replaceRules(evaluator: Evaluator): void
  /** Ends every data connection and listener. */
  close(): Promise<void>
}
