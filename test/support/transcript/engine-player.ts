/** Plays a transcript against the pure engine. */
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { latin1 } from '../bytes.ts'
import { Conversation, type ConversationOptions, HOSTS } from '../conversation.ts'
import { type Cut, cutBefore, inOnePiece } from '../cuts.ts'
import { type Raw, seenOf } from './seen.ts'
import { type Hosts, toAddresses } from './symbols.ts'
import {
  type Admission,
  isAliveAfter,
  preludeOf,
  type Seen,
  type Transcript,
  type Turn,
} from './transcript.ts'

/** Nobody at `V` is ever spoken to, so both worlds have the same: an address for documents. */
export const THIRD_PARTY = '192.0.2.66'

export const ENGINE_HOSTS: Hosts = {
  C: HOSTS.C,
  S: HOSTS.S,
  X: HOSTS.X,
  V: THIRD_PARTY,
  P: HOSTS.P_OUTSIDE,
  I: HOSTS.P_INSIDE,
}

export interface EnginePlay {
  readonly seen: Seen
  readonly talk: Conversation
}

/** One compiled rule set for all plays of a transcript. */
const options = new WeakMap<Transcript, ConversationOptions>()

/**
 * `cut` is for the writes of the dialogue that the transcript does not cut itself; `onStep` is told
 * what has been seen after each turn.
 */
export function playInEngine(
  transcript: Transcript,
  cut: Cut = inOnePiece,
  onStep?: (seen: Seen) => void,
): EnginePlay {
  const world = new EngineWorld(new Conversation(optionsOf(transcript)))
  for (const turn of preludeOf(transcript)) world.perform(turn)
  world.begin()
  let writes = 0
  for (const turn of transcript.dialogue) {
    world.perform(turn, (bytes) => cut(bytes, writes))
    if ('bytes' in turn) writes += 1
    onStep?.(world.seen)
  }
  const { seen } = world
  if (isAliveAfter(transcript)) world.expectNoop()
  return { seen, talk: world.talk }
}

function optionsOf(transcript: Transcript): ConversationOptions {
  const known = options.get(transcript)
  if (known !== undefined) return known
  const { profile, timeouts, limits } = transcript
  const made: ConversationOptions = {
    ...(profile === undefined ? {} : { profile }),
    ruleset: {
      timeouts: { ...DEFAULTS.timeouts, ...timeouts },
      limits: { ...DEFAULTS.limits, ...limits },
    },
  }
  options.set(transcript, made)
  return made
}

class EngineWorld {
  readonly talk: Conversation
  readonly #connections: Admission[] = []
  #recordsBefore = 0

  constructor(talk: Conversation) {
    this.talk = talk
  }

  /** The prelude is over. */
  begin(): void {
    this.talk.takeSentTo('client')
    this.talk.takeSentTo('server')
    this.#recordsBefore = this.talk.records.length
  }

  get seen(): Seen {
    const raw: Raw = {
      toServer: this.talk.sentTo('server'),
      toClient: this.talk.sentTo('client'),
      records: this.talk.records.slice(this.#recordsBefore),
      connections: [...this.#connections],
    }
    return seenOf(raw, ENGINE_HOSTS)
  }

  perform(
    turn: Turn,
    cut: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes],
  ): void {
    const { talk } = this
    if ('bytes' in turn) {
      const bytes = latin1(toAddresses(turn.bytes, ENGINE_HOSTS))
      const segments = turn.cut === undefined ? cut(bytes) : cutBefore(bytes, turn.cut)
      for (const segment of segments) if (!talk.isClosed) talk[turn.from](segment)
    } else if ('connects' in turn) this.#connections.push(this.#connect(turn.from, turn.connects))
    else if ('file' in turn) {
      const length = turn.file.length
      talk.endData(turn.from === 'S' ? length : 0, turn.from === 'C' ? length : 0)
    } else if ('ends' in turn) talk.close(turn.from, turn.ends)
    else talk.advance(turn.waits)
  }

  #connect(from: 'C' | 'S' | 'X', ordinal: number): Admission {
    const place = this.talk.recordsOf('pinhole.open')[ordinal]?.listening
    if (place === undefined) throw new Error(`no pinhole ${ordinal} was opened`)
    const source = from === 'S' ? 20 : 40_100 + this.#connections.length
    return this.talk.connectData(`${ENGINE_HOSTS[from]}:${source}`, place)
  }

  expectNoop(): void {
    const { talk } = this
    talk.takeSentTo('server')
    talk.takeSentTo('client')
    talk.client('NOOP\r\n').server('200 alive\r\n')
    const passed = [talk.sentTo('server'), talk.sentTo('client')].join('')
    if (passed !== 'NOOP\r\n200 alive\r\n') throw new Error(`the session is stuck: ${passed}`)
  }
}
