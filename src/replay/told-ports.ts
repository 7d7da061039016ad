/**
 * Where the proxy of a capture listened for data: it told its peers. A pinhole of a session whose
 * both legs were captured opens when the line that names its port goes out on the other leg.
 */
import { parseExtendedAddress, parseExtendedPassiveReply } from '../engine/ftp/extended-address.ts'
import { parseHostPort, parsePassiveReply } from '../engine/ftp/host-port.ts'
import type { SessionId } from '../engine/id.ts'
import type { Pinhole } from '../engine/nat/pinhole.ts'
import type { Side } from '../engine/session/event.ts'
import { type Endpoint, endpoint } from '../net/endpoint.ts'
import type { Port } from '../net/port.ts'

/** How long a pinhole waits for its line, in milliseconds: under other rules none was sent. */
const WAIT_MAX = 2_000

const LINE = {
  client: /(?:^|\n)(227|229) ([^\r\n]*)\r\n/g,
  server: /(?:^|\n)(PORT|EPRT) ([^\r\n]*)\r\n/g,
} as const satisfies Record<Side, RegExp>

interface Waiting {
  readonly pinhole: Pinhole
  readonly since: number
}

export interface Told {
  readonly pinhole: Pinhole
  readonly listening: Endpoint
}

export class ToldPorts {
  readonly #waiting = new Map<SessionId, Waiting>()

  /** Whether a pinhole waits at all. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  wait(pinhole: Pinhole, at: number): void {
    this.#waiting.set(pinhole.session, { pinhole, since: at })
  }

  /** The proxy sent `bytes` to a peer: whole lines, as it always does. */
  said(session: SessionId, to: Side, bytes: Uint8Array): Told | undefined {
    const pinhole = this.#waiting.get(session)?.pinhole
    if (pinhole === undefined || (to === 'client') !== (pinhole.mode === 'passive'))
      return undefined
    const text = Buffer.from(bytes).toString('latin1')
    for (const [, form, argument = ''] of text.matchAll(LINE[to])) {
      const port = portIn(form, Buffer.from(argument, 'latin1'))
      if (port === undefined) continue
      this.#waiting.delete(session)
      return { pinhole, listening: endpoint(pinhole.listen.address, port) }
    }
    return undefined
  }

  /** Pinholes that no line came for. */
  late(at: number): readonly Pinhole[] {
    const late = [...this.#waiting.values()].filter(({ since }) => at - since > WAIT_MAX)
    for (const { pinhole } of late) this.#waiting.delete(pinhole.session)
    return late.map(({ pinhole }) => pinhole)
  }

  /** It is no longer wanted. */
  forget({ session, id }: Pinhole): void {
    if (this.#waiting.get(session)?.pinhole.id === id) this.#waiting.delete(session)
  }
}

function portIn(form: string | undefined, argument: Uint8Array): Port | undefined {
  switch (form) {
    case '227':
      return valueOf(parsePassiveReply(argument))?.port
    case '229':
      return valueOf(parseExtendedPassiveReply(argument))
    case 'PORT':
      return valueOf(parseHostPort(argument))?.port
    case 'EPRT':
      return valueOf(parseExtendedAddress(argument))?.endpoint.port
    default:
      return undefined
  }
}

function valueOf<T>(parsed: { type: 'complete'; value: T } | { type: 'malformed' }): T | undefined {
  return parsed.type === 'complete' ? parsed.value : undefined
}
