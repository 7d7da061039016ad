/**
 * What a probe is: one thing that servers or clients do, sane or not, said through a firewall, and
 * what came of it in one word.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import type { Ip } from '../../../src/net/ip.ts'
import { CLIENT } from './lab.ts'
import type { Namespace } from './namespace.ts'
import { ScriptedClient, announced } from './scripted-client.ts'
import {
  type Answer,
  PAYLOAD,
  type Script,
  type ScriptedServer,
  type ScriptedSession,
} from './scripted-server.ts'

export const OUTCOMES = {
  data: 'the data arrived whole, and both ends saw the addresses they should',
  refused: 'the firewall refused, with a reply, and the server never saw it',
  passed: 'the server got exactly what the client sent, and its reply came back',
  withheld: 'the session went on, and what should not get through did not',
  hang: 'no reply came',
  closed: 'the control connection was closed',
  leak: 'one side was told the address of the other that it should not know',
  pinhole: 'a connection got through that nobody had asked for',
  wrong: 'something else came out',
} as const

export type Outcome = keyof typeof OUTCOMES

/** A firewall with a scripted server behind it. */
export interface World {
  readonly client: Namespace
  readonly server: ScriptedServer
  readonly serverAddress: Ip
  readonly door: Endpoint
}

export interface Probe {
  readonly name: string
  /** What is right; the first is the best. */
  readonly right: readonly Outcome[]
  readonly run: (world: World, user: string) => Promise<Outcome>
}

/** Between pieces of what a client sends: they arrive as segments of their own. */
const PAUSE_MS = 30

interface Talk {
  readonly client: ScriptedClient
  readonly session: () => ScriptedSession
  /** Lines that the server got since the login. */
  readonly seen: () => readonly string[]
}

/** Logs in, does `act`, and closes. */
export async function talk(
  world: World,
  user: string,
  script: Script,
  act: (talk: Talk) => Promise<Outcome>,
): Promise<Outcome> {
  world.server.script(user, script)
  const client = new ScriptedClient(world.client, world.door, CLIENT[4])
  try {
    await client.login(user)
    const session = (): ScriptedSession => {
      const found = world.server.sessionOf(user)
      if (found === undefined) throw new Error('the server has no such session')
      return found
    }
    const before = session().received.length
    const seen = (): readonly string[] => session().received.slice(before)
    const outcome = await act({ client, session, seen })
    const private_ = [world.serverAddress, world.serverAddress.replaceAll('.', ',')]
    const isTold = client.received.some((line) => private_.some((text) => line.includes(text)))
    return isTold ? 'leak' : outcome
  } finally {
    client.close()
  }
}

async function sendPieces(client: ScriptedClient, pieces: Answer): Promise<void> {
  for (const [index, piece] of (typeof pieces === 'string' ? [pieces] : pieces).entries()) {
    if (index > 0) await sleep(PAUSE_MS)
    client.send(piece)
  }
}

function isRefusal(reply: string): boolean {
  return /^[45]\d\d/.test(reply)
}

/**
 * A passive transfer.
 *
 * @param asked What the client sends.
 * @param before Replies that come before the one that announces.
 * @param after Replies that come after it and before the transfer.
 */
export function passive(
  world: World,
  user: string,
  asked: Answer,
  script: Script = () => undefined,
  before = 0,
  after = 0,
): Promise<Outcome> {
  return talk(world, user, script, async ({ client }) => {
    await sendPieces(client, asked)
    for (let index = 0; index < before; index++) {
      const reply = await client.reply()
      if (reply === 'hang' || reply === 'closed') return reply
      if (!reply.startsWith('200')) return isRefusal(reply) ? 'refused' : 'wrong'
    }
    const reply = await client.reply()
    if (reply === 'hang' || reply === 'closed') return reply
    if (isRefusal(reply)) return 'refused'
    for (let index = 0; index < after; index++)
      if (!(await client.reply()).startsWith('200')) return 'wrong'
    const at = announced(reply, world.door.address)
    if (at === undefined) return 'wrong'
    const incoming = await client.open(at, CLIENT[4]).catch(() => undefined)
    if (incoming === undefined) return 'wrong'
    client.send('RETR file\r\n')
    const bytes = await incoming.all(3_000)
    return bytes.equals(PAYLOAD) ? 'data' : 'wrong'
  })
}

/** A 227 written by `reply`, which is given its six numbers, in answer to PASV. */
export function says227(reply: (numbers: string) => Answer): Script {
  return (line, session) => (/^PASV/i.test(line.trim()) ? reply(session.numbers()) : undefined)
}

/**
 * An active transfer.
 *
 * @param announcing What the client sends, given the port on which it listens.
 */
export function active(
  world: World,
  user: string,
  announcing: (client: ScriptedClient, at: number) => Answer,
  before = 0,
): Promise<Outcome> {
  return talk(
    world,
    user,
    () => undefined,
    async ({ client, seen }) => {
      const listening = client.listen()
      await sendPieces(client, announcing(client, listening.port))
      for (let index = 0; index < before; index++) {
        const reply = await client.reply()
        if (reply === 'hang' || reply === 'closed') return reply
      }
      const reply = await client.reply()
      if (reply === 'hang' || reply === 'closed') return reply
      if (isRefusal(reply))
        return seen().some((line) => /PORT|EPRT/i.test(line)) ? 'wrong' : 'refused'
      client.send('RETR file\r\n')
      const late = sleep(4_000, undefined, { ref: false })
      const incoming = await Promise.race([listening.accepted, late])
      if (incoming === undefined) {
        const own = [client.source, client.source.replaceAll('.', ',')]
        return seen().some((line) => own.some((text) => line.includes(text))) ? 'leak' : 'wrong'
      }
      if (incoming.peer.address !== world.door.address) return 'leak'
      const bytes = await incoming.all(3_000)
      return bytes.equals(PAYLOAD) ? 'data' : 'wrong'
    },
  )
}

/** A line that is no affair of the firewall's, or that it may refuse. */
export function line(world: World, user: string, text: string, end = '\r\n'): Promise<Outcome> {
  return talk(
    world,
    user,
    () => undefined,
    async ({ client, seen }) => {
      client.send(`${text}${end}`)
      const reply = await client.reply()
      if (reply === 'hang' || reply === 'closed') return reply
      // The word with which a firewall ends a session.
      if (reply.startsWith('421')) return seen().length === 0 ? 'refused' : 'wrong'
      // A line too many shows by a reply too many.
      if (!(await client.ask('NOOP')).startsWith('200')) return 'wrong'
      const [first, ...more] = seen()
      if (first === 'NOOP\r' && more.length === 0) return isRefusal(reply) ? 'refused' : 'withheld'
      const isWhole = first === `${text}${end}`.replace(/\n$/, '') && more.length === 1
      return isWhole && reply.includes('the server') ? 'passed' : 'wrong'
    },
  )
}
