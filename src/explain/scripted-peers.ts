/** What client and server say of data connections, and what they make of what they hear. */
import { Buffer } from 'node:buffer'
import { parseExtendedAddress, parseExtendedPassiveReply } from '../engine/ftp/extended-address.ts'
import { formatExtendedAddress } from '../engine/ftp/extended-address.ts'
import { formatHostPort, parseHostPort, parsePassiveReply } from '../engine/ftp/host-port.ts'
import { type Endpoint, endpoint } from '../net/endpoint.ts'
import { type Ip, ip, ipFamily } from '../net/ip.ts'
import type { Cast } from './cast.ts'
import type { SetUpCommand } from './cell.ts'
import type { Circumstances } from './circumstances.ts'

/** An IPv4 address of a client that has connected over IPv6: PORT can hold no other. */
const OTHER_ADDRESS: Ip = ip('192.0.2.201')

export class ScriptedServer {
  readonly #cast: Cast
  readonly #circumstances: Circumstances
  readonly #peer: () => Ip | undefined
  #told: Endpoint | undefined
  #hasRefused = false

  constructor(cast: Cast, circumstances: Circumstances, peer: () => Ip | undefined) {
    this.#cast = cast
    this.#circumstances = circumstances
    this.#peer = peer
  }

  /** Where it was told to connect to in active mode. */
  get told(): Endpoint | undefined {
    return this.#told
  }

  get hasRefused(): boolean {
    return this.#hasRefused
  }

  /** The reply to a set-up command. */
  answer(line: string): string {
    const [verb = '', argument = ''] = line.split(' ')
    const isIpv4 = ipFamily(this.#cast.server.address) === 4
    switch (verb) {
      case 'PASV':
        return isIpv4 ? `227 Entering Passive Mode (${this.#named()})` : this.#refuse()
      case 'EPSV':
        return `229 Entering Extended Passive Mode (|||${this.#circumstances.dataPort}|)`
      default:
        return this.#active(verb, Buffer.from(argument, 'latin1'))
    }
  }

  #named(): string {
    const { server, known } = this.#cast
    const { names, dataPort } = this.#circumstances
    const isKnown = names === 'known-address' && ipFamily(known.address) === 4
    return formatHostPort(isKnown ? known.address : server.address, dataPort)
  }

  /** Servers connect to the peer of the control connection, and to nobody else (RFC 2577 §3). */
  #active(verb: string, argument: Uint8Array): string {
    const parsed = verb === 'PORT' ? parseHostPort(argument) : extended(argument)
    if (parsed.type === 'malformed' || parsed.value.address !== this.#peer()) return this.#refuse()
    this.#told = parsed.value
    return '200 ok'
  }

  #refuse(): string {
    this.#hasRefused = true
    return '500 not with me'
  }
}

function extended(argument: Uint8Array): ReturnType<typeof parseHostPort> {
  const parsed = parseExtendedAddress(argument)
  return parsed.type === 'malformed' ? parsed : { type: 'complete', value: parsed.value.endpoint }
}

export class ScriptedClient {
  readonly #cast: Cast
  readonly #circumstances: Circumstances
  #target: Endpoint

  constructor(cast: Cast, circumstances: Circumstances) {
    this.#cast = cast
    this.#circumstances = circumstances
    this.#target = cast.known
  }

  /** The set-up command as this client writes it. */
  command(command: SetUpCommand): string {
    const own = endpoint(this.#cast.client.address, this.#circumstances.dataPort)
    switch (command) {
      case 'PORT': {
        const address = ipFamily(own.address) === 4 ? own.address : OTHER_ADDRESS
        return `PORT ${formatHostPort(address, own.port)}`
      }
      case 'EPRT':
        return `EPRT ${formatExtendedAddress(own)}`
      default:
        return command
    }
  }

  /** Reads the reply to it; `false` when there is nothing to connect to. */
  understands(reply: string): boolean {
    const text = Buffer.from(reply.slice(4).trimEnd(), 'latin1')
    if (reply.startsWith('229')) {
      const port = parseExtendedPassiveReply(text)
      if (port.type === 'malformed') return false
      this.#target = endpoint(this.#cast.known.address, port.value)
    } else if (reply.startsWith('227')) {
      const named = parsePassiveReply(text)
      if (named.type === 'malformed') return false
      this.#target = this.#circumstances.heedsAddress
        ? named.value
        : endpoint(this.#cast.known.address, named.value.port)
    }
    return true
  }

  /** Where it connects to in passive mode. */
  get target(): Endpoint {
    return this.#target
  }
}
