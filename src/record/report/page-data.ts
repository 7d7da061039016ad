/**
 * What a report carries for its own script. Thousands of sessions are in one file, so rows and events
 * are tuples, texts that repeat stand once in a table, and times count in milliseconds from a start.
 */

export interface PageData {
  /** Texts that rows refer to by their place. */
  readonly strings: readonly string[]
  /** What the starts of rows count from: milliseconds since 1970. */
  readonly base: number
  /** In the order of their beginnings. */
  readonly rows: readonly PageRow[]
}

/** Places in {@link PageData.strings} are -1 where there is no text. */
export type PageRow = readonly [
  session: string,
  startMs: number,
  durationMs: number,
  client: number,
  clientPort: number,
  server: number,
  user: number,
  rule: number,
  listener: number,
  end: number,
  commands: number,
  transfers: number,
  toClientBytes: number,
  toServerBytes: number,
  refusals: number,
  /** 1: opaque at some time; 2: its end is not in the log. */
  flags: number,
  /** Reason codes of what was refused or noted. */
  reasons: readonly number[],
  /** Rules that decided anything in this session. */
  rules: readonly number[],
]

/** 0: the client; 1: the server. */
export type PageSide = 0 | 1
/** 0: forwarded; 1: answered here; 2: refused. */
export type PageOutcome = 0 | 1 | 2

/** A session's ladder. Each is parsed only when somebody opens it. */
export interface PageStory {
  readonly client: string
  readonly server: string
  readonly profile: string
  readonly events: readonly PageEvent[]
  /** Records that found no room. */
  readonly omitted: number
}

/** `at` is in milliseconds from the beginning of the session. */
export type PageEvent =
  /** A command; with `told`, `text` was announced and `told` was sent on. */
  | readonly [kind: 'c', at: number, text: string, outcome: PageOutcome, told: string]
  /** A reply; `isLocal`: Portcullis said it itself. */
  | readonly [kind: 'r', at: number, text: string, isLocal: 0 | 1, told: string]
  /** A rewrite whose line is not there. */
  | readonly [kind: 'w', at: number, side: PageSide, before: string, told: string]
  | readonly [kind: 'v', at: number, text: string, isRefusal: 0 | 1]
  /** A part of a TLS handshake. */
  | readonly [kind: 'h', at: number, side: PageSide, text: string, isBad: 0 | 1]
  /** From here on nobody could read the control connection. */
  | readonly [kind: 'o', at: number, text: string]
  /** One side can be read again. */
  | readonly [kind: 'x', at: number, side: PageSide, text: string]
  /** A pinhole opens and closes; `id` pairs the two. `listens`: the side that may connect to it. */
  | readonly [
      kind: 'p',
      at: number,
      id: number,
      name: string,
      listens: PageSide,
      listening: string,
      dial: string,
      who: string,
      terms: string,
    ]
  | readonly [kind: 'q', at: number, id: number, name: string, text: string]
  /** A data connection opens and closes. `from`: the side that connected. */
  | readonly [
      kind: 'd',
      at: number,
      id: number,
      name: string,
      from: PageSide,
      what: string,
      fromEnd: string,
      toEnd: string,
    ]
  | readonly [
      kind: 'e',
      at: number,
      id: number,
      name: string,
      toClientBytes: number,
      toServerBytes: number,
      text: string,
      isBad: 0 | 1,
    ]
