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
  /** Ends every data connection and listener. */
  close(): Promise<void>
}
