/**
 * The control connection of two scripted peers: each says lines, protected as they have agreed, and
 * hears what the gateway sends on.
 */
import { Buffer } from 'node:buffer'
import type { Side } from '../engine/session/event.ts'
import type { SimulatedNetwork } from './simulated-network.ts'
import {
  clientFinished,
  clientHello,
  closeNotify,
  openLines,
  sealLine,
  serverFinished,
  serverHello,
  type TlsManner,
} from './tls-bytes.ts'

type Seal = 'none' | 'tls' | 'gssapi'

export class Dialogue {
  readonly #network: SimulatedNetwork
  readonly #manner: TlsManner
  #seal: Seal = 'none'

  constructor(network: SimulatedNetwork, manner: TlsManner) {
    this.#network = network
    this.#manner = manner
  }

  /** The client asks and the server, if it hears that, answers. Says what the client hears. */
  ask(line: string, answer: (heard: string) => readonly string[]): string {
    this.say('client', line)
    const heard = this.hear('server')
    for (const asked of heard.split('\r\n').filter((one) => one !== ''))
      for (const reply of answer(asked)) this.say('server', reply)
    return this.hear('client')
  }

  /** As `ask`, where any line that the server hears gets the same reply. Whether it came through. */
  obtains(line: string, reply: string): boolean {
    return this.ask(line, () => [reply]).startsWith(reply.slice(0, 3))
  }

  say(side: Side, line: string): void {
    this.#network.write(side, this.#sealed(side, line))
  }

  hear(side: Side): string {
    const text = openLines(this.#network.take(side))
    return text.replaceAll(/^(?:MIC|631) (\S+)\r\n/gm, (_, sealed: string) =>
      Buffer.from(sealed, 'base64').toString('latin1'),
    )
  }

  /** The TLS handshake; whether it got through to its end. */
  handshake(): boolean {
    const flights: readonly (readonly [Side, Uint8Array | undefined])[] = [
      ['client', clientHello(this.#manner)],
      ['server', serverHello(this.#manner)],
      ['client', clientFinished(this.#manner)],
      ['server', serverFinished(this.#manner)],
    ]
    for (const [side, flight] of flights) {
      if (flight === undefined) continue
      this.#network.write(side, flight)
      const heard = this.#network.take(side === 'client' ? 'server' : 'client')
      if (Buffer.compare(heard, flight) !== 0) return false
    }
    this.#seal = 'tls'
    return true
  }

  /** After AUTH GSSAPI: tokens, until the server is content. */
  tokens(): boolean {
    const isAgreed =
      this.obtains('ADAT Q0xJRU5U', '335 ADAT=U0VSVkVS') && this.obtains('ADAT RE9ORQ==', '235 ok')
    if (isAgreed) this.#seal = 'gssapi'
    return isAgreed
  }

  /** CCC, and what ends TLS on either side. */
  becomeClear(): boolean {
    if (!this.obtains('CCC', '200 ok')) return false
    for (const side of ['client', 'server'] as const)
      this.#network.write(side, closeNotify(this.#manner))
    this.#network.take('client')
    this.#network.take('server')
    this.#seal = 'none'
    return this.obtains('NOOP', '200 ok')
  }

  #sealed(side: Side, line: string): Uint8Array {
    const text = Buffer.from(`${line}\r\n`, 'latin1')
    if (this.#seal === 'none') return text
    if (this.#seal === 'tls') return sealLine(`${line}\r\n`)
    const word = side === 'client' ? 'MIC' : '631'
    return Buffer.from(`${word} ${text.toString('base64')}\r\n`, 'latin1')
  }
}
