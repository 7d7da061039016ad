/** What the hostile-peer tests of addresses and states assert again and again. */
import { expect } from 'vitest'
import { Conversation, type ConversationOptions } from '../../support/conversation.ts'

/** A logged-in session whose log of sent lines starts empty. */
export function loggedIn(options: ConversationOptions = {}): Conversation {
  const talk = new Conversation(options).login()
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

/** `line` is answered by the proxy alone, opens nothing, and the session goes on. */
export function expectRejected(
  talk: Conversation,
  line: string,
  code: number,
  reason: string,
): void {
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  talk.client(line)
  expect.soft(talk.sentTo('server'), line).toBe('')
  expect.soft(talk.takeSentTo('client'), line).toMatch(new RegExp(`^${code} [^\r\n]*\r\n$`))
  expect.soft(talk.reasons.at(-1), line).toBe(reason)
  expect.soft(talk.effectsOf('openPinhole'), line).toEqual([])
  expect.soft(talk.effectsOf('dialData'), line).toEqual([])
  expectAlive(talk)
}

/** The server's reply `lines` to `command` is withheld; the client gets `code` in its place. */
export function expectReplaced(
  talk: Conversation,
  command: string,
  lines: string,
  code: number,
  reason: string,
): void {
  talk.takeSentTo('client')
  talk.client(`${command}\r\n`).server(`${lines}\r\n`)
  expect.soft(talk.takeSentTo('client'), lines).toMatch(new RegExp(`^${code} [^\r\n]*\r\n$`))
  expect.soft(talk.reasons.at(-1), lines).toBe(reason)
  expect.soft(talk.effectsOf('openPinhole'), lines).toEqual([])
  expect.soft(talk.listening, lines).toEqual([])
  expectAlive(talk)
}

/** Both directions still work. */
export function expectAlive(talk: Conversation): void {
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  talk.client('NOOP\r\n').server('200 alive\r\n')
  expect.soft(talk.takeSentTo('server')).toBe('NOOP\r\n')
  expect.soft(talk.takeSentTo('client')).toBe('200 alive\r\n')
  expect.soft(talk.isClosed).toBe(false)
}

/** The session ended with 421 for `reason`, closed both legs and left nothing behind. */
export function expectClosed(talk: Conversation, reason: string): void {
  expect.soft(talk.sentTo('client')).toMatch(/(?:^|\n)421 [^\r\n]*\r\n$/)
  expect.soft(talk.recordsOf('session.close').map((record) => record.reason)).toEqual([reason])
  expect.soft(talk.effectsOf('close').map((effect) => effect.side)).toEqual(['server', 'client'])
  expect.soft(talk.isClosed).toBe(true)
  expect.soft(talk.listening).toEqual([])
  expectNothingLeft(talk)
}

/** The session ended for `reason` without a clear word in what the client takes for TLS. */
export function expectClosedSilently(talk: Conversation, reason: string): void {
  expect.soft(talk.sentTo('client')).not.toMatch(/(?:^|\n)421 /)
  expect.soft(talk.recordsOf('session.close').map((record) => record.reason)).toEqual([reason])
  expect.soft(talk.reasons.slice(-2)).toEqual([reason, reason])
  expect.soft(talk.effectsOf('close').map((effect) => effect.side)).toEqual(['server', 'client'])
  expect.soft(talk.isClosed).toBe(true)
  expectNothingLeft(talk)
}

export function expectNothingLeft(talk: Conversation): void {
  expect.soft(talk.gateway.counts).toEqual({ sessions: 0, clients: 0, pinholes: 0, leases: 0 })
}

/** Where the proxy connected data connections to. */
export function dialled(talk: Conversation): readonly string[] {
  return talk
    .effectsOf('dialData')
    .map(({ pinhole }) => `${pinhole.dial.address}:${pinhole.dial.port}`)
}
