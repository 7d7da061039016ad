/**
 * One format for hostile-peer cases, as data: what the peers do, and what must come of it. Two
 * players play it, `engine-player.ts` against the pure engine and `socket-player.ts` against a
 * running proxy on loopback, and the same expectation is checked in both.
 *
 * Addresses differ between these worlds, so text names hosts: `{C}` is the client, `{S}` the server,
 * `{V}` an innocent third party, `{X}` an attacker, `{P}` the proxy as clients see it and `{I}` as
 * the server sees it. `{C}` stands for `198,51,100,10` and `{C.}` for `198.51.100.10`. Ports that the
 * proxy chooses are `{port}`.
 */
import type { Limits, Profile, Timeouts } from '../../../src/engine/rules/ruleset.ts'
import type { Side } from '../../../src/engine/session/event.ts'

export type Host = 'C' | 'S' | 'V' | 'X' | 'P' | 'I'

export type Turn =
  /** A peer writes; a segment ends before each byte that `cut` counts. */
  | { readonly from: Side; readonly bytes: string; readonly cut?: readonly number[] }
  /** Somebody connects to the proxy's data endpoint number `connects`, the first being 0. */
  | { readonly from: 'C' | 'S' | 'X'; readonly connects: number }
  /** A peer sends all of a file over the data connection that stands, and ends it. */
  | { readonly from: 'C' | 'S'; readonly file: string }
  | { readonly from: Side; readonly ends: 'end' | 'reset' }
  | { readonly waits: number }

export interface Expected {
  /** Lines after the login; one that ends in `…` may go on in any way. */
  readonly toServer?: readonly string[]
  readonly toClient?: readonly string[]
  /** Verdict records as `verdict reason`, and refused data connections as `data reason`. */
  readonly verdicts?: readonly string[]
  /** `open`, and `close` with its reason, in their order. */
  readonly pinholes?: readonly string[]
  /** What became of each connection attempt. */
  readonly connections?: readonly Admission[]
  /** The reason of the session's end, or that it goes on: then a NOOP is tried. */
  readonly session?: 'alive' | 'waiting' | `closed ${string}`
}

/** `refused`: nobody listens. `dropped`: closed at once, unread. */
export type Admission = 'accepted' | 'dropped' | 'refused'

export interface Transcript {
  /** Of the catalogue, docs/hostile-peers.md. */
  readonly id: string
  readonly title: string
  readonly profile?: Partial<Profile>
  readonly timeouts?: Partial<Timeouts>
  readonly limits?: Partial<Limits>
  /** How far the session is when the dialogue begins. Default: `login`. */
  readonly after?: 'login' | 'greeting' | 'nothing'
  readonly dialogue: readonly Turn[]
  readonly expect: Expected
  /** Why loopback cannot show it. */
  readonly engineOnly?: string
}

/** What was seen, in the words of {@link Expected}. */
export interface Seen {
  readonly toServer: readonly string[]
  readonly toClient: readonly string[]
  readonly verdicts: readonly string[]
  readonly pinholes: readonly string[]
  readonly connections: readonly Admission[]
  readonly session: string
}

/** Where the peers await data connections, in both worlds. */
export const CLIENT_DATA_PORT = 51_221
export const SERVER_DATA_PORTS: readonly number[] = [40_000, 40_001]

export function client(bytes: string, ...cut: readonly number[]): Turn {
  return { from: 'client', bytes, ...(cut.length === 0 ? {} : { cut }) }
}

export function server(bytes: string, ...cut: readonly number[]): Turn {
  return { from: 'server', bytes, ...(cut.length === 0 ? {} : { cut }) }
}

/** Somebody connects to the latest place where the proxy awaited a data connection. */
export function connect(from: 'C' | 'S' | 'X', connects = 0): Turn {
  return { from, connects }
}

const PRELUDES: Readonly<Record<NonNullable<Transcript['after']>, readonly Turn[]>> = {
  nothing: [],
  greeting: [server('220 x\r\n')],
  login: [
    server('220 x\r\n'),
    client('USER u\r\n'),
    server('331 p\r\n'),
    client('PASS p\r\n'),
    server('230 ok\r\n'),
  ],
}

/** What both sides say before the dialogue; it is not part of what is expected. */
export function preludeOf({ after = 'login' }: Transcript): readonly Turn[] {
  return PRELUDES[after]
}

/** Whether the session is expected to go on, so that a NOOP must pass. */
export function isAliveAfter({ expect }: Transcript): boolean {
  return (expect.session ?? 'alive') === 'alive'
}

/** What a transcript expects, complete: what it does not mention did not happen. */
export function expectedOf({ expect }: Transcript): Seen {
  const { session = 'alive' } = expect
  return {
    toServer: expect.toServer ?? [],
    toClient: expect.toClient ?? [],
    verdicts: expect.verdicts ?? [],
    pinholes: expect.pinholes ?? [],
    connections: expect.connections ?? [],
    session: session === 'waiting' ? 'alive' : session,
  }
}

/** `seen` with every line cut where the line expected in its place ends in `…`. */
export function abridged(seen: Seen, expected: Seen): Seen {
  const cut = (lines: readonly string[], patterns: readonly string[]): readonly string[] =>
    lines.map((line, index) => {
      const pattern = patterns[index] ?? ''
      const isOpen = pattern.endsWith('…') && line.startsWith(pattern.slice(0, -1))
      return isOpen ? pattern : line
    })
  return {
    ...seen,
    toServer: cut(seen.toServer, expected.toServer),
    toClient: cut(seen.toClient, expected.toClient),
  }
}
