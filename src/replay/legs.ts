/**
 * Which two connections of a capture are the legs of one proxied session. A file that the proxy
 * wrote says so itself. Of any other it is concluded, and only where nothing else is possible: the
 * one goes to a listener of the rule file, the other, begun later, to the server of that listener;
 * what was said on the one has been relayed on the other, byte for byte; and no third connection
 * could be either of them.
 */
import { type Listener, ORIGINAL_DESTINATION } from '../engine/rules/ruleset.ts'
import type { Side } from '../engine/session/event.ts'
import { type Endpoint, formatEndpoint, sameEndpoint } from '../net/endpoint.ts'
import { type Ip, ipFamily } from '../net/ip.ts'
import { parseLegComment } from '../record/capture/leg-comment.ts'

/** What both sides of a connection have said first; 0 is who opened it. */
export interface Beginning {
  readonly first: readonly [Uint8Array, Uint8Array]
}

export interface Leg<T extends Beginning> {
  readonly side: Side
  readonly from: Endpoint
  readonly to: Endpoint
  readonly owner: T
  /** Legs of the same door may belong together. */
  readonly door: string
  /** Of a file that the proxy wrote. */
  readonly isNamed: boolean
  readonly ordinal: number
}

export type Match<T extends Beginning> =
  /** More has to be seen. */
  | { readonly type: 'wait' }
  /** No other leg is in the capture, or which one it is cannot be known. */
  | { readonly type: 'alone' }
  | { readonly type: 'pair'; readonly client: Leg<T>; readonly server: Leg<T> }

/** Legs that wait at the same time; beyond it connections are taken one by one. */
const WAITING_MAX = 10_000

/**
 * What has to be relayed where the address of the proxy does not show that both legs are its own: a
 * stranger greeted by the same server might begin with the same command, but not go on so.
 */
const RELAYED_LINES_MIN = 2
const RELAYED_TLS_BYTES_MIN = 64

const ALONE = { type: 'alone' } as const
const WAIT = { type: 'wait' } as const
const LF = 0x0a
const TLS_HANDSHAKE = 0x16

export class Legs<T extends Beginning> {
  readonly #listeners: readonly (Listener & { readonly server: Endpoint })[]
  readonly #waiting = new Map<T, Leg<T>>()
  #ordinal = 0

  constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners.flatMap((one) =>
      one.server === ORIGINAL_DESTINATION ? [] : [{ ...one, server: one.server }],
    )
  }

  /** A connection begins. Answers whether it may be a leg. */
  begin(from: Endpoint, to: Endpoint, owner: T, comment: string | undefined): boolean {
    if (this.#waiting.size >= WAITING_MAX) return false
    const place = this.#named(comment) ?? this.#listened(to) ?? this.#dialled(to)
    if (place === undefined) return false
    this.#ordinal += 1
    this.#waiting.set(owner, { ...place, from, to, owner, ordinal: this.#ordinal })
    return true
  }

  has(owner: T): boolean {
    return this.#waiting.has(owner)
  }

  /** What is known of a connection now; one that is paired or alone waits no more. */
  match(owner: T): Match<T> {
    const leg = this.#waiting.get(owner)
    if (leg === undefined) return ALONE
    const found = leg.side === 'client' ? this.#ofClient(leg) : this.#ofServer(leg)
    if (found.type === 'alone') this.#waiting.delete(owner)
    if (found.type === 'pair') {
      this.#waiting.delete(found.client.owner)
      this.#waiting.delete(found.server.owner)
    }
    return found
  }

  /** It is over, or too much has been said. */
  giveUp(owner: T): void {
    this.#waiting.delete(owner)
  }

  #named(comment: string | undefined): Pick<Leg<T>, 'side' | 'door' | 'isNamed'> | undefined {
    const name = comment === undefined ? undefined : parseLegComment(comment)
    return name === undefined
      ? undefined
      : { side: name.side, door: `session ${name.session}`, isNamed: true }
  }

  #listened(to: Endpoint): Pick<Leg<T>, 'side' | 'door' | 'isNamed'> | undefined {
    const listener = this.#listeners.find((one) => listensAt(one, to))
    return listener === undefined
      ? undefined
      : { side: 'client', door: formatEndpoint(listener.server), isNamed: false }
  }

  /** Of no interest unless somebody has come to the proxy before. */
  #dialled(to: Endpoint): Pick<Leg<T>, 'side' | 'door' | 'isNamed'> | undefined {
    const listener = this.#listeners.find((one) => sameEndpoint(one.server, to))
    if (listener === undefined) return undefined
    const door = formatEndpoint(listener.server)
    const isAwaited = [...this.#waiting.values()].some(
      (one) => one.door === door && one.side === 'client',
    )
    return isAwaited ? { side: 'server', door, isNamed: false } : undefined
  }

  #ofClient(client: Leg<T>): Match<T> {
    const servers = this.#possible(client)
    const [server, another] = servers
    if (server !== undefined && another === undefined) return this.#pair(client, server)
    if (server !== undefined) return WAIT
    // Until it is greeted its server may still be connected.
    return client.owner.first[1].length === 0 ? WAIT : ALONE
  }

  #ofServer(server: Leg<T>): Match<T> {
    const [client, another] = this.#possible(server)
    if (client === undefined) return ALONE
    return another === undefined ? this.#pair(client, server) : WAIT
  }

  /** They need each other, and nobody else could be meant. */
  #pair(client: Leg<T>, server: Leg<T>): Match<T> {
    if (client.isNamed) return { type: 'pair', client, server }
    const isOnly = this.#possible(client).length === 1 && this.#possible(server).length === 1
    return isOnly && isShown(client, server) ? { type: 'pair', client, server } : WAIT
  }

  #possible(leg: Leg<T>): readonly Leg<T>[] {
    const others = [...this.#waiting.values()].filter(
      (one) => one.door === leg.door && one.side !== leg.side && one.isNamed === leg.isNamed,
    )
    return others.filter((one) =>
      leg.side === 'client' ? isPossible(leg, one) : isPossible(one, leg),
    )
  }
}

function listensAt({ listen }: Listener, to: Endpoint): boolean {
  return listen.port === to.port && isAt(listen.address, to.address)
}

function isAt(listen: Ip, address: Ip): boolean {
  const isAny = listen === '::' || (listen === '0.0.0.0' && ipFamily(address) === 4)
  return isAny || listen === address
}

/** Nothing that was said speaks against it. */
function isPossible<T extends Beginning>(client: Leg<T>, server: Leg<T>): boolean {
  if (client.isNamed) return true
  const [said, told] = client.owner.first
  const [asked, answered] = server.owner.first
  return client.ordinal < server.ordinal && agree(said, asked) && agree(answered, told)
}

/** The greeting has been relayed, and it is the proxy that was greeted. */
function isShown<T extends Beginning>(client: Leg<T>, server: Leg<T>): boolean {
  const [said, told] = client.owner.first
  const [asked, answered] = server.owner.first
  if (told.length === 0 || told.length > answered.length) return false
  if (server.from.address === client.to.address) return true
  if (asked.length > said.length) return false
  const lines = asked.filter((byte) => byte === LF).length
  return (
    lines >= RELAYED_LINES_MIN ||
    (asked.includes(TLS_HANDSHAKE) && asked.length >= RELAYED_TLS_BYTES_MIN)
  )
}

function agree(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length)
  return Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0
}
