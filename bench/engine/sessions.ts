/** Sessions in process: what clients and servers say is given to a gateway, without a socket. */
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Listener, Ruleset } from '../../src/engine/rules/ruleset.ts'
import type { SessionId } from '../../src/engine/id.ts'
import type { Side } from '../../src/engine/session/event.ts'
import { formatEndpoint } from '../../src/net/endpoint.ts'
import { instant } from '../../src/net/instant.ts'
import { seeded } from '../../test/fuzz/random.ts'
import { at, HOSTS } from '../../test/support/conversation-options.ts'
import { ports } from '../../test/support/rules.ts'
import { World } from '../../test/support/world.ts'

const SESSIONS_MAX = 100_000
const FILE_BYTES = 1024
const SERVER_DATA = `(${HOSTS.S.replaceAll('.', ',')},156,64)`
const CLIENT_DATA_PORT = 51_210

/** A gateway with room for everybody. Ports are chosen the same way each time. */
export function openWorld(listener: Partial<Listener> = {}): World {
  return new World(rulesetOf(listener), { random: seeded(1), isForgetful: true })
}

function rulesetOf(listener: Partial<Listener>): Ruleset {
  const base = frontDoor({
    listen: at('0.0.0.0:21'),
    server: at(`${HOSTS.S}:21`),
    passivePorts: ports('50000-59999'),
  })
  return {
    ...base,
    listeners: base.listeners.map((one) => ({ ...one, ...listener })),
    limits: { ...base.limits, sessions: SESSIONS_MAX, sessionsPerClient: SESSIONS_MAX },
  }
}

export class PlayedSession {
  readonly #world: World
  readonly #session: SessionId
  readonly #host: string

  constructor(world: World, host: string = HOSTS.C) {
    this.#world = world
    this.#host = host
    this.#session = world.connect(`${host}:40000`)
  }

  /** One segment of `side`. As in a proxy, the next deadline is asked for behind every event. */
  say(side: Side, bytes: Uint8Array): void {
    this.#world.handle({ type: 'bytes', session: this.#session, side, bytes })
    this.#world.gateway.nextDeadline(this.#session)
  }

  ask(command: string, reply: string): void {
    this.say('client', line(command))
    this.say('server', line(reply))
  }

  greet(): void {
    this.say('server', line('220 Service ready'))
  }

  login(): void {
    this.greet()
    this.ask('USER somebody', '331 Password required')
    this.ask('PASS something', '230 Logged in')
  }

  /** Announces a data connection in each of the four ways and transfers a file over it. */
  transferEachWay(): void {
    this.passive()
    this.#transfer('RETR file.bin', this.#host)
    this.ask('EPSV', '229 Extended passive mode (|||40000|)')
    this.#transfer('LIST', this.#host)
    const octets = this.#host.replaceAll('.', ',')
    this.ask(`PORT ${octets},${CLIENT_DATA_PORT >> 8},${CLIENT_DATA_PORT & 255}`, '200 Fine')
    this.#transfer('STOR file.bin', HOSTS.S)
    this.ask(`EPRT |1|${this.#host}|${CLIENT_DATA_PORT}|`, '200 Fine')
    this.#transfer('RETR file.bin', HOSTS.S)
  }

  passive(): void {
    this.ask('PASV', `227 Entering Passive Mode ${SERVER_DATA}`)
  }

  quit(): void {
    this.ask('QUIT', '221 Goodbye')
    this.#world.handle({ type: 'sideClosed', session: this.#session, side: 'server', cause: 'end' })
  }

  #transfer(command: string, from: string): void {
    this.ask(command, '150 Here it comes')
    const { listening } = this.#world
    const data = listening && this.#world.connectData(`${from}:20`, formatEndpoint(listening))
    if (data === undefined) throw new Error(`${command}: no data connection`)
    this.#world.endData(this.#session, data.id, FILE_BYTES)
    this.say('server', line('226 Transfer complete'))
    this.#world.now = instant(this.#world.now + 1000)
  }
}

/** Sessions that are logged in and wait for a data connection, each of a client of its own. */
export function openSessions(world: World, count: number): void {
  for (let number = 0; number < count; number++) {
    const session = new PlayedSession(world, hostOf(number))
    session.login()
    session.passive()
  }
}

/** One session with everything that a client usually does. */
export function playSession(world: World, host?: string): void {
  const session = new PlayedSession(world, host)
  session.login()
  session.ask(
    'FEAT',
    '211-Features:\r\n EPSV\r\n MDTM\r\n REST STREAM\r\n SIZE\r\n UTF8\r\n211 End',
  )
  session.ask('PWD', '257 "/home/somebody" is the current directory')
  session.ask('TYPE I', '200 Type is image')
  session.transferEachWay()
  session.quit()
}

/** `count` commands of one session that is logged in. */
export function playCommands(session: PlayedSession, count: number): void {
  for (let played = 0; played < count; played += 4) {
    session.ask('CWD pub/releases', '250 Directory changed')
    session.ask('PWD', '257 "/pub/releases" is the current directory')
    session.ask('SIZE file.bin', '213 1048576')
    session.ask('NOOP', '200 Nothing done')
  }
}

/** The address of one of many clients. */
export function hostOf(number: number): string {
  return `100.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
}

function line(text: string): Uint8Array {
  return Buffer.from(`${text}\r\n`, 'latin1')
}
