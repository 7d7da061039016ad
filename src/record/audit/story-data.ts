/** The part of a story that is about pinholes and data connections. */
import { nameOf } from './describe.ts'
import type { LoggedRecord } from './log-entry.ts'
import type { DataConnection, PinholeLife } from './session-story.ts'

type RecordOf<T extends LoggedRecord['type']> = Extract<LoggedRecord, { type: T }>
type Writable<T> = { -readonly [K in keyof T]: T[K] }
type MutableConnection = Writable<DataConnection>
type MutableLife = Omit<Writable<PinholeLife>, 'uses'> & { uses: { time: string; peer: string }[] }

/** Of one static range. */
const USES_MAX = 1000

export class StoryData {
  toClientBytes = 0
  toServerBytes = 0
  readonly #add: (event: PinholeLife | DataConnection) => boolean
  /** By name, as long as they can change. */
  readonly #pinholes = new Map<string, MutableLife>()
  readonly #connections = new Map<string, MutableConnection[]>()

  /** `add` says whether there is room for an event. */
  constructor(add: (event: PinholeLife | DataConnection) => boolean) {
    this.#add = add
  }

  /** @returns whether there was room for what `record` says. */
  accept(record: LoggedRecord): boolean {
    switch (record.type) {
      case 'pinhole.open':
        return this.#pinholeOpened(record.pinhole, {
          time: record.time,
          mode: record.mode,
          peer: record.peer,
          listening: record.listening,
          dial: record.dial,
          rule: record.rule,
          ttlMs: record.ttlMs,
        })
      case 'range.open':
        return this.#pinholeOpened(record.range, {
          time: record.time,
          mode: 'passive',
          peer: record.peer,
          listening: record.listening ?? '',
          dial: record.dial ?? record.active ?? '',
          rule: undefined,
          ttlMs: undefined,
        })
      case 'pinhole.use':
        return this.#pinholeUsed(record)
      case 'pinhole.close':
        return this.#pinholeClosed(record.pinhole, record.time, record.reason)
      case 'range.close':
        return this.#pinholeClosed(
          record.range,
          record.time,
          record.connections > 0 ? 'used' : 'unused',
        )
      case 'data.open':
        return this.#dataOpened(record)
      case 'data.close':
        return this.#dataClosed(record)
      default:
        return true
    }
  }

  #pinholeOpened(
    id: string,
    opening: Omit<PinholeLife, 'kind' | 'name' | 'isRange' | 'uses' | 'closed'>,
  ): boolean {
    const name = nameOf(id)
    const isRange = opening.rule === undefined
    const life: MutableLife = {
      kind: 'pinhole',
      name,
      isRange,
      uses: [],
      closed: undefined,
      ...opening,
    }
    if (!this.#add(life)) return false
    this.#pinholes.set(name, life)
    return true
  }

  #pinholeUsed(record: RecordOf<'pinhole.use'>): boolean {
    const life = this.#pinholes.get(nameOf(record.pinhole))
    if (life === undefined || life.uses.length >= USES_MAX) return false
    life.uses.push({ time: record.time, peer: record.peer })
    return true
  }

  #pinholeClosed(id: string, time: string, reason: string): boolean {
    const life = this.#pinholes.get(nameOf(id))
    this.#pinholes.delete(nameOf(id))
    if (life === undefined) return false
    life.closed = { time, reason }
    return true
  }

  #dataOpened(record: RecordOf<'data.open'>): boolean {
    const name = nameOf(record.pinhole)
    const connection: MutableConnection = {
      kind: 'data',
      time: record.time,
      name,
      mode: record.mode,
      verb: record.verb,
      path: record.path,
      from: record.from,
      to: record.to,
      closed: undefined,
    }
    if (!this.#add(connection)) return false
    const open = this.#connections.get(name) ?? []
    open.push(connection)
    this.#connections.set(name, open)
    return true
  }

  /** Through a static range several may run; records do not say which of them ends. */
  #dataClosed(record: RecordOf<'data.close'>): boolean {
    this.toClientBytes += record.toClientBytes
    this.toServerBytes += record.toServerBytes
    const name = nameOf(record.pinhole)
    const open = this.#connections.get(name) ?? []
    const index = indexOfEnded(open, record)
    const [connection] = index === -1 ? [] : open.splice(index, 1)
    if (open.length === 0) this.#connections.delete(name)
    if (connection === undefined) return false
    const { time, toClientBytes, toServerBytes, durationMs, cause } = record
    connection.closed = { time, toClientBytes, toServerBytes, durationMs, cause }
    // The transfer command may have come after the connection.
    connection.verb ??= record.verb
    connection.path ??= record.path
    return true
  }
}

/** The connection whose age is that of the one that ended, as nearly as times in a log allow. */
function indexOfEnded(open: readonly DataConnection[], record: RecordOf<'data.close'>): number {
  const startedAt = Date.parse(record.time) - record.durationMs
  const distance = (each: DataConnection): number => Math.abs(Date.parse(each.time) - startedAt)
  let best = -1
  for (const [index, each] of open.entries()) {
    const nearest = open[best]
    if (nearest === undefined || distance(each) < distance(nearest)) best = index
  }
  return best
}
