/**
 * What is open at the moment, by where it leads: in a capture the peers connect to each other, so a
 * data connection is known by the end that was announced. Where the capture is of the proxy itself
 * they connect to it, and what counts is where it listened. And what led there before, or was
 * refused, to say why a data connection would not have got through.
 */
import { parseExtendedAddress, parseExtendedPassiveReply } from '../engine/ftp/extended-address.ts'
import { parseHostPort, parsePassiveReply } from '../engine/ftp/host-port.ts'
import type { PinholeId, SessionId } from '../engine/id.ts'
import type { Pinhole } from '../engine/nat/pinhole.ts'
import type { ScopedRange } from '../engine/nat/scoped-range.ts'
import type { PacketLogRecord } from '../engine/session/record.ts'
import { type Endpoint, endpoint, formatEndpoint, parseEndpoint } from '../net/endpoint.ts'
import { rangeHas } from '../net/port.ts'

/** Why nothing is open for an endpoint that was announced. */
export interface Past {
  readonly session: SessionId | undefined
  readonly reason: string
  readonly pinhole?: string
  readonly rule?: string
  readonly detail?: string
}

/** What a data connection would have come to. */
export interface Opening {
  readonly local: Endpoint
  readonly id: PinholeId
  readonly session: SessionId
  readonly mode: 'passive' | 'active'
  readonly cover: 'pinhole' | 'range'
}

/** Announcements that are remembered; the oldest are forgotten first. */
const PAST_MAX = 10_000

type Verdict = Extract<PacketLogRecord, { type: 'verdict' }>

export class Openings {
  readonly #pinholes = new Map<
    string,
    { readonly pinhole: Pinhole; readonly listening: Endpoint }[]
  >()
  readonly #ranges: { readonly range: ScopedRange; readonly isProxied: boolean }[] = []
  readonly #proxied = new Set<SessionId>()
  readonly #keyOf = new Map<string, string>()
  readonly #past = new Map<string, Past>()
  readonly #dialOf = new Map<string, string>()

  /** Both legs of a session are in the capture: its peers connect to the proxy. */
  proxied(session: SessionId): void {
    this.#proxied.add(session)
  }

  /** Nothing more comes of a session. */
  forget(session: SessionId): void {
    this.#proxied.delete(session)
  }

  openPinhole(pinhole: Pinhole, listening: Endpoint): void {
    const key = formatEndpoint(this.#proxied.has(pinhole.session) ? listening : pinhole.dial)
    this.#keyOf.set(pinhole.id, key)
    this.#pinholes.set(key, [...(this.#pinholes.get(key) ?? []), { pinhole, listening }])
  }

  closePinhole(pinhole: Pinhole): void {
    const key = this.#keyOf.get(pinhole.id)
    if (key === undefined) return
    this.#keyOf.delete(pinhole.id)
    const left = (this.#pinholes.get(key) ?? []).filter((one) => one.pinhole.id !== pinhole.id)
    if (left.length > 0) this.#pinholes.set(key, left)
    else this.#pinholes.delete(key)
  }

  openRange(range: ScopedRange): void {
    this.#ranges.push({ range, isProxied: this.#proxied.has(range.session) })
  }

  closeRange(range: ScopedRange): void {
    const at = this.#ranges.findIndex((one) => one.range === range)
    if (at !== -1) this.#ranges.splice(at, 1)
  }

  /** Where a data connection from `from` to `to` would have come to. */
  find(from: Endpoint, to: Endpoint): Opening | undefined {
    const waiting = this.#pinholes.get(formatEndpoint(to)) ?? []
    const open = waiting.find(({ pinhole }) => pinhole.peer === from.address) ?? waiting[0]
    if (open !== undefined) {
      const { id, session, mode } = open.pinhole
      return { local: open.listening, id, session, mode, cover: 'pinhole' }
    }
    const found = this.#ranges.find(
      ({ range: { dial, peer, listen }, isProxied }) =>
        (isProxied ? listen.address : dial) === to.address &&
        peer === from.address &&
        listen.ports !== undefined &&
        rangeHas(listen.ports, to.port),
    )
    if (found === undefined) return this.#findActive(from, to)
    const { id, session, listen } = found.range
    return {
      local: endpoint(listen.address, to.port),
      id,
      session,
      mode: 'passive',
      cover: 'range',
    }
  }

  /** What nobody could read: the server of an encrypted session connects to its client. */
  #findActive(from: Endpoint, to: Endpoint): Opening | undefined {
    const found = this.#ranges.find(
      ({ range: { dial, peer, active } }) =>
        dial === from.address &&
        peer === to.address &&
        active?.from.port === from.port &&
        active.ports.some((range) => rangeHas(range, to.port)),
    )
    if (found === undefined) return undefined
    const { id, session } = found.range
    return { local: to, id, session, mode: 'active', cover: 'range' }
  }

  /** Why `to`, which was announced, is not open. */
  past(to: Endpoint): Past | undefined {
    return this.#past.get(formatEndpoint(to))
  }

  /** Follows what is announced, and what becomes of it. */
  record(record: PacketLogRecord): void {
    switch (record.type) {
      case 'pinhole.open': {
        const place = this.#proxied.has(record.session) ? record.listening : record.dial
        this.#dialOf.set(record.pinhole, place)
        return this.#remember(place, {
          session: record.session,
          reason: 'open',
          pinhole: record.pinhole,
          rule: record.rule,
        })
      }
      case 'pinhole.close': {
        const dial = this.#dialOf.get(record.pinhole)
        this.#dialOf.delete(record.pinhole)
        if (dial === undefined) return
        const { session, pinhole, reason } = record
        return this.#remember(dial, { session, pinhole, reason: `pinhole.${reason}` })
      }
      case 'verdict':
        return this.#refused(record)
      default:
    }
  }

  #refused(record: Verdict): void {
    const announced = announcedIn(record)
    if (announced === undefined) return
    const { session, reason, rule, detail } = record
    this.#remember(formatEndpoint(announced), {
      session,
      reason,
      ...(rule === undefined ? {} : { rule }),
      ...(detail === undefined ? {} : { detail }),
    })
  }

  #remember(dial: string, past: Past): void {
    this.#past.delete(dial)
    this.#past.set(dial, past)
    const [oldest] = this.#past.keys()
    if (this.#past.size > PAST_MAX && oldest !== undefined) this.#past.delete(oldest)
  }
}

/** What a refused PORT, EPRT, 227 or 229 announced, if that can be read at all. */
function announcedIn({ verdict, verb, argument = '', server }: Verdict): Endpoint | undefined {
  const bytes = Buffer.from(argument, 'latin1')
  if (verdict === 'reject' && verb === 'PORT') return valueOf(parseHostPort(bytes))
  if (verdict === 'reject' && verb === 'EPRT') return valueOf(parseExtendedAddress(bytes))?.endpoint
  if (verdict !== 'replace') return undefined
  const text = bytes.subarray(4)
  if (argument.startsWith('227 ')) return valueOf(parsePassiveReply(text))
  const host = parseEndpoint(server)
  const announced = argument.startsWith('229 ')
    ? valueOf(parseExtendedPassiveReply(text))
    : undefined
  return host === undefined || announced === undefined
    ? undefined
    : endpoint(host.address, announced)
}

function valueOf<T>(parsed: { type: 'complete'; value: T } | { type: 'malformed' }): T | undefined {
  return parsed.type === 'complete' ? parsed.value : undefined
}
