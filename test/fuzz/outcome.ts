/** Playing a dialogue with everybody watching, and comparing what came of it. */
import { dataConnectionId } from '../../src/engine/id.ts'
import { Conversation } from '../support/conversation.ts'
import { type Cut, inOnePiece } from '../support/cuts.ts'
import { type Dialogue, type Outcome, play } from '../support/golden.ts'
import { breaches, wasUnderTls } from '../support/invariants.ts'
import { type Setting, unjustified } from './oracle.ts'
import { type Sight, trace } from './trace.ts'

/** A session has no more of them under way. */
const CONNECTIONS_MAX = 40

export interface Watched extends Outcome {
  readonly sights: readonly Sight[]
}

export function watch(dialogue: Dialogue, cut: Cut = inOnePiece): Watched {
  const talk = new Conversation(dialogue.options)
  const sights = trace(talk)
  return { ...play(dialogue, cut, talk), sights }
}

/** Both peers are gone, and so are the data connections that still ran. */
export function finish({ talk }: Outcome): void {
  if (!talk.isClosed) talk.close('client', 'reset')
  for (let count = 1; count <= CONNECTIONS_MAX && !talk.isClosed; count++)
    talk.handle({
      type: 'dataEnded',
      session: talk.session,
      connection: dataConnectionId(count),
      toClientBytes: 0,
      toServerBytes: 0,
      cause: 'closed',
    })
}

/**
 * All that could differ, in one text: comparing texts is quick, and its diff is readable. How much of
 * a TLS record passes before what is wrong with it is seen does depend on how it is cut.
 */
export function summary(outcome: Outcome): string {
  const { toClient, toServer, effects, records, talk } = outcome
  const left = { counts: talk.gateway.counts, isClosed: talk.isClosed }
  const bytes = wasUnderTls(outcome) ? {} : { toClient, toServer, effects }
  return JSON.stringify({ ...bytes, records, left }, undefined, 1)
}

/** What the oracle is told beside the wires. */
export function settingOf({ options }: Dialogue): Setting {
  const host = (text: string): string => text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return {
    client: host(options.client ?? '198.51.100.10:40000'),
    server: host(options.server ?? '10.0.0.20:21'),
    isTolerant: options.profile?.lineEnding === 'tolerant',
  }
}

/** Everything that must not have been, the end of the session included. */
export function breachesOf(dialogue: Dialogue, outcome: Watched): string[] {
  const during = breaches(outcome)
  finish(outcome)
  return [
    ...during,
    ...(outcome.talk.isClosed ? [] : ['the session does not end']),
    ...breaches(outcome),
    ...unjustified(outcome.sights, settingOf(dialogue)),
  ]
}
