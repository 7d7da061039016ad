/**
 * Sessions that are under TLS: real handshakes of `node:tls`, recorded once and played through a
 * conversation, and what tests ask of it afterwards.
 */
import { EC_IDENTITY } from '../engine/tls/support/identities.ts'
import { bytesOf, recordTls, type Said } from '../engine/tls/support/recording.ts'
import { Conversation, type ConversationOptions } from './conversation.ts'
import { ports } from './rules.ts'

export type { Said } from '../engine/tls/support/recording.ts'

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const
type Version = (typeof VERSIONS)[number]

/** The server's own passive ports, as the listener of these tests names them. */
export const RANGE_OPTIONS: ConversationOptions = {
  listener: { serverPassivePorts: ports('40000-40099') },
}

const recordings = new Map<Version, Promise<readonly Said[]>>()

/** A handshake, CCC and its 200, and the close_notify of both sides. */
export function recordedCcc(version: Version): Promise<readonly Said[]> {
  const known = recordings.get(version)
  if (known !== undefined) return known
  const made = recordTls({ identity: EC_IDENTITY, version }).then(({ said }) => said)
  recordings.set(version, made)
  return made
}

/** The same by a client that just talks on in clear (ProFTPD issue 954). */
export function withoutCloseNotify(said: readonly Said[]): readonly Said[] {
  return said.toSpliced(
    said.findLastIndex((chunk) => chunk.side === 'client'),
    1,
  )
}

export function text(side: Said['side'], line: string): Said {
  return { side, bytes: Buffer.from(line, 'latin1') }
}

/** Greeting, AUTH and its 234. */
export const AUTH: readonly Said[] = [
  text('server', '220 x\r\n'),
  text('client', 'AUTH TLS\r\n'),
  text('server', '234 ok\r\n'),
]

export function playSaid(talk: Conversation, said: readonly Said[]): Conversation {
  for (const { side, bytes } of said) talk[side](bytes)
  return talk
}

/** A session that said `said` after AUTH and its 234; its log of sent lines starts empty. */
export function underTls(
  said: readonly Said[],
  options: ConversationOptions = RANGE_OPTIONS,
): Conversation {
  const talk = playSaid(new Conversation(options), AUTH)
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return playSaid(talk, said)
}

/** A session that has gone back to clear text on both sides with a NOOP. */
export async function afterCcc(
  options: ConversationOptions = RANGE_OPTIONS,
  version: Version = 'TLSv1.3',
): Promise<Conversation> {
  const talk = underTls(await recordedCcc(version), options)
  talk.client('NOOP\r\n').server('200 ok\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

/** What one side said, as `sentTo` shows it. */
export function saidBy(said: readonly Said[], side: Said['side']): string {
  return bytesOf(said, side).toString('latin1')
}
