/** What is open now, found by the connection that came through it. */
import type { PinholeId } from '../../../engine/id.ts'
import type { Pinhole } from '../../../engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../engine/nat/scoped-range.ts'
import { type Endpoint, endpoint } from '../../../net/endpoint.ts'
import type { Ip } from '../../../net/ip.ts'
import { port, rangeHas } from '../../../net/port.ts'
import { type Element, flowKey } from './elements.ts'
import type { Passed } from './flows.ts'

export interface OpenPinhole {
  readonly type: 'pinhole'
  readonly pinhole: Pinhole
  /** That of the pinhole, with its port. */
  readonly listen: Endpoint
  readonly elements: readonly Element[]
  /** A connection came through it. */
  isUsed: boolean
  /** It stays known until nothing can come through it any more. */
  isClosing: boolean
}

export interface OpenRange {
  readonly type: 'range'
  readonly range: ScopedRange
  readonly elements: readonly Element[]
  isClosing: boolean
}

export type Opening = OpenPinhole | OpenRange

const DEFAULT_DATA_PORT = port(20)

export class Openings {
  readonly #byId = new Map<PinholeId, Opening>()
  readonly #pinholes = new Map<string, OpenPinhole[]>()
  readonly #ranges = new Map<string, OpenRange[]>()

  get size(): number {
    return this.#byId.size
  }

  get(id: PinholeId): Opening | undefined {
    return this.#byId.get(id)
  }

  ranges(): readonly OpenRange[] {
    return [...this.#byId.values()].filter((opening) => opening.type === 'range')
  }

  addPinhole(opening: OpenPinhole): void {
    this.#byId.set(opening.pinhole.id, opening)
    append(this.#pinholes, pinholeKey(opening.pinhole), opening)
  }

  addRange(opening: OpenRange): void {
    this.#byId.set(opening.range.id, opening)
    append(this.#ranges, rangeKey(opening.range.peer, opening.range.dial), opening)
  }

  remove(opening: Opening): void {
    if (opening.type === 'pinhole') {
      this.#byId.delete(opening.pinhole.id)
      take(this.#pinholes, pinholeKey(opening.pinhole), opening)
    } else {
      this.#byId.delete(opening.range.id)
      take(this.#ranges, rangeKey(opening.range.peer, opening.range.dial), opening)
    }
  }

  /** What a connection came through, as its first packet was when it was forwarded. */
  match(source: Endpoint, destination: Endpoint): { opening: Opening; passed: Passed } | undefined {
    const pinhole = this.#pinholeOf(source, destination)
    if (pinhole !== undefined) return { opening: pinhole, passed: passedPinhole(pinhole, source) }
    const passive = latest(
      this.#ranges.get(rangeKey(source.address, destination.address)),
      (range) => range.permitted.some((ports) => rangeHas(ports, destination.port)),
    )
    if (passive !== undefined)
      return { opening: passive, passed: passedRange(passive.range, source, destination) }
    const active = latest(
      this.#ranges.get(rangeKey(destination.address, source.address)),
      (range) => range.active?.ports.some((ports) => rangeHas(ports, destination.port)) === true,
    )
    if (active === undefined || source.port !== DEFAULT_DATA_PORT) return undefined
    return { opening: active, passed: passedBack(active.range, source, destination) }
  }

  /** The latest that still waits; else the latest, through which nobody should have come. */
  #pinholeOf(source: Endpoint, destination: Endpoint): OpenPinhole | undefined {
    const key = flowKey(source.address, destination.address, destination.port)
    const open = this.#pinholes
      .get(key)
      ?.filter(
        ({ pinhole }) => pinhole.fromPorts?.some((ports) => rangeHas(ports, source.port)) !== false,
      )
    return open?.findLast(({ isUsed, isClosing }) => !isUsed && !isClosing) ?? open?.at(-1)
  }
}

/** The latest of a session that still lives; one that ends has nobody who waits for connections. */
function latest(
  open: readonly OpenRange[] | undefined,
  has: (range: ScopedRange) => boolean,
): OpenRange | undefined {
  const found = open?.filter(({ range }) => has(range))
  return found?.findLast(({ isClosing }) => !isClosing) ?? found?.at(-1)
}

function passedPinhole({ pinhole, listen }: OpenPinhole, peer: Endpoint): Passed {
  const { id, session, mode, dial, from } = pinhole
  const isFixed = mode === 'active' && from.port !== undefined && from.address !== peer.address
  const shownAs = isFixed ? endpoint(from.address, from.port) : undefined
  return { session, pinhole: id, mode, peer, local: listen, dial, shownAs }
}

function passedRange(range: ScopedRange, peer: Endpoint, dial: Endpoint): Passed {
  const { id, session, listen } = range
  const local = endpoint(listen.address, dial.port)
  return { session, pinhole: id, mode: 'passive', peer, local, dial, shownAs: undefined }
}

/** The server came to the client, which it knows by its own address. */
function passedBack(range: ScopedRange, peer: Endpoint, dial: Endpoint): Passed {
  const { id, session, active } = range
  const shownAs = active?.from.address === peer.address ? undefined : active?.from
  return { session, pinhole: id, mode: 'active', peer, local: dial, dial, shownAs }
}

function pinholeKey({ peer, dial }: Pinhole): string {
  return flowKey(peer, dial.address, dial.port)
}

function rangeKey(client: Ip, server: Ip): string {
  return `${client} ${server}`
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}

function take<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  const index = list?.indexOf(item) ?? -1
  if (list === undefined || index === -1) return
  list.splice(index, 1)
  if (list.length === 0) lists.delete(key)
}
