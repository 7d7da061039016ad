/**
 * A conversation as somebody sees it who taps both wires and watches the data path: bytes in the
 * order in which they passed, what was opened, dialled and closed, and when. Nothing of what the
 * engine thinks is in it.
 */
import type { DataConnectionId, PinholeId } from '../../src/engine/id.ts'
import type { Effect } from '../../src/engine/session/effect.ts'
import type { Event, Side } from '../../src/engine/session/event.ts'
import { textOf } from '../support/bytes.ts'
import type { Conversation } from '../support/conversation.ts'

export type Sight = { readonly at: number } & (
  | { readonly type: 'said' | 'sent'; readonly side: Side; readonly text: string }
  | {
      readonly type: 'open'
      readonly id: string
      readonly mode: 'passive' | 'active'
      readonly peer: string
      readonly address: string
      readonly port: number
    }
  | { readonly type: 'listening'; readonly id: string; readonly port: number }
  | {
      readonly type: 'came'
      readonly connection: DataConnectionId
      readonly from: string
      /** The pinhole, where the kernel let it through at once. */
      readonly through?: PinholeId
    }
  /** A data connection goes through the pinhole. */
  | { readonly type: 'dial'; readonly id: string; readonly connection: DataConnectionId }
  | { readonly type: 'close'; readonly id: string }
)

/** What `talk` does from now on; more is added as it goes. */
export function trace(talk: Conversation): readonly Sight[] {
  const sights: Sight[] = []
  const { gateway } = talk
  const passed = new Map<DataConnectionId, PinholeId>()
  const handle = gateway.handle.bind(gateway)
  gateway.handle = (event, now) => {
    if (event.type === 'dataPassed') passed.set(event.connection, event.pinhole)
    sights.push(...input(event, now))
    const effects = handle(event, now)
    for (const effect of effects) sights.push(...output(effect, now, passed))
    return effects
  }
  return sights
}

function input(event: Event, at: number): Sight[] {
  if (event.type === 'bytes')
    return [{ at, type: 'said', side: event.side, text: textOf(event.bytes) }]
  if (event.type === 'dataConnection' || event.type === 'dataPassed') {
    const { connection, peer } = event
    const through = 'pinhole' in event ? { through: event.pinhole } : {}
    return [{ at, type: 'came', connection, from: peer.address, ...through }]
  }
  if (event.type === 'pinholeOpened')
    return [{ at, type: 'listening', id: event.pinhole, port: event.listening.port }]
  return []
}

function output(
  effect: Effect,
  at: number,
  passed: ReadonlyMap<DataConnectionId, PinholeId>,
): Sight[] {
  switch (effect.type) {
    case 'send':
      return [{ at, type: 'sent', side: effect.side, text: textOf(effect.bytes) }]
    case 'openPinhole': {
      const { id, mode, peer, dial } = effect.pinhole
      return [{ at, type: 'open', id, mode, peer, address: dial.address, port: dial.port }]
    }
    case 'closePinhole':
      return [{ at, type: 'close', id: effect.pinhole.id }]
    case 'dialData':
      return [{ at, type: 'dial', id: effect.pinhole.id, connection: effect.connection }]
    case 'startData': {
      const id = passed.get(effect.connection)
      return id === undefined ? [] : [{ at, type: 'dial', id, connection: effect.connection }]
    }
    default:
      return []
  }
}
