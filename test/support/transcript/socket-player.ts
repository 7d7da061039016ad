/**
 * Plays a transcript against a running proxy on loopback. Each segment is a write of its own, and
 * the next turn comes when what the engine does at this one has been seen here too. Where that differs,
 * the test fails, and names the turn.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Profile, Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { latin1 } from '../bytes.ts'
import { cutBefore, inOnePiece } from '../cuts.ts'
import { startFront } from '../proxy-in-process.ts'
import { playInEngine, THIRD_PARTY } from './engine-player.ts'
import { type Raw, seenOf } from './seen.ts'
import { ownLoopback, SocketPeers } from './socket-peers.ts'
import { soon } from './soon.ts'
import { type Hosts, toAddresses } from './symbols.ts'
import { isAliveAfter, preludeOf, type Seen, type Transcript, type Turn } from './transcript.ts'

const LOOPBACK = {
  P: ownLoopback(1),
  C: ownLoopback(10),
  S: ownLoopback(20),
  X: ownLoopback(99),
  V: THIRD_PARTY,
} as const

/** Between segments, so that none is joined with the next, and after a turn, for what is late. */
const GAP_MS = 10

export async function playOnSockets(transcript: Transcript): Promise<Seen> {
  const peers = await SocketPeers.start(LOOPBACK)
  const server = endpoint(ip(LOOPBACK.S), port(peers.serverPort))
  const front = await startFront(server, {
    host: LOOPBACK.P,
    change: (ruleset) => changed(ruleset, transcript),
  })
  try {
    await peers.connectTo(front.endpoint)
    const hosts: Hosts = { ...LOOPBACK, I: peers.proxyAddress }
    const play = new SocketPlay(peers, hosts, () => front.log.records)
    await play.prelude(transcript)
    const steps: Seen[] = []
    playInEngine(transcript, inOnePiece, (seen) => steps.push(seen))
    for (const [index, turn] of transcript.dialogue.entries()) {
      await play.perform(turn)
      await play.expectSoon(steps[index], `after turn ${index}, ${JSON.stringify(turn)}`)
    }
    const { seen } = play
    if (isAliveAfter(transcript)) await play.expectNoop()
    return seen
  } finally {
    await front.proxy.close()
    await peers.close()
  }
}

function changed(ruleset: Ruleset, { profile, timeouts, limits }: Transcript): Ruleset {
  const base = ruleset.profiles.get('default') as Profile
  return {
    ...ruleset,
    profiles: new Map([['default', { ...base, ...profile }]]),
    timeouts: { ...ruleset.timeouts, ...timeouts },
    limits: { ...ruleset.limits, ...limits },
  }
}

class SocketPlay {
  readonly #peers: SocketPeers
  readonly #hosts: Hosts
  readonly #records: () => Raw['records']
  #before = { client: 0, server: 0, records: 0 }

  constructor(peers: SocketPeers, hosts: Hosts, records: () => Raw['records']) {
    this.#peers = peers
    this.#hosts = hosts
    this.#records = records
  }

  get seen(): Seen {
    const raw: Raw = {
      toServer: this.#peers.received('server').slice(this.#before.server),
      toClient: this.#peers.received('client').slice(this.#before.client),
      records: this.#records().slice(this.#before.records),
      connections: this.#peers.admissions,
    }
    return seenOf(raw, this.#hosts)
  }

  /** Everything in it reaches the other side as it is. */
  async prelude(transcript: Transcript): Promise<void> {
    for (const turn of preludeOf(transcript)) {
      if (!('bytes' in turn)) continue
      const other = turn.from === 'client' ? 'server' : 'client'
      await this.perform(turn)
      await soon(() => this.#peers.received(other).endsWith(turn.bytes), turn.bytes)
    }
    this.#before = {
      client: this.#peers.received('client').length,
      server: this.#peers.received('server').length,
      records: this.#records().length,
    }
  }

  async perform(turn: Turn): Promise<void> {
    const peers = this.#peers
    if ('bytes' in turn) {
      const bytes = latin1(toAddresses(turn.bytes, this.#hosts))
      for (const [index, segment] of cutBefore(bytes, turn.cut ?? []).entries()) {
        if (index > 0) await sleep(GAP_MS)
        peers.write(turn.from, segment)
      }
    } else if ('connects' in turn) {
      const opened = this.#records().filter((record) => record.type === 'pinhole.open')
      await peers.connectData(turn.from, opened[turn.connects]?.listening ?? '')
    } else if ('file' in turn) await peers.transfer(turn.from, turn.file)
    else if ('ends' in turn) peers.end(turn.from, turn.ends)
    else await sleep(turn.waits)
  }

  /** `expected` is seen within ten seconds, and nothing beyond it follows at once. */
  async expectSoon(expected: Seen | undefined, when: string): Promise<void> {
    // What is missing after that time is said by the comparison.
    await soon(() => isDeepStrictEqual(this.seen, expected), when).catch(() => undefined)
    await sleep(GAP_MS)
    this.#peers.settle()
    expect(this.seen, when).toEqual(expected)
  }

  async expectNoop(): Promise<void> {
    this.#peers.write('client', latin1('NOOP\r\n'))
    await soon(() => this.#peers.received('server').endsWith('NOOP\r\n'), 'NOOP')
    this.#peers.write('server', latin1('200 alive\r\n'))
    await soon(() => this.#peers.received('client').endsWith('200 alive\r\n'), 'its reply')
  }
}
