/** Shapes that many cases have in common. */
import {
  client,
  connect,
  type Expected,
  server,
  type Transcript,
  type Turn,
} from '../../support/transcript/transcript.ts'

type More = Omit<Partial<Transcript>, 'id' | 'title' | 'dialogue' | 'expect'>

export const PORT = 'PORT {C},200,21\r\n'
export const PASSIVE = '227 Entering Passive Mode ({S},156,64)\r\n'
/** What the server and the client see of them. */
export const PORT_SENT = 'PORT {I},{port}'
export const PASSIVE_TOLD = '227 Entering Passive Mode ({P},{port})'

/** The proxy alone answers `line`, opens nothing, and the session goes on. */
export function refused(
  id: string,
  title: string,
  line: string,
  code: number,
  reason: string,
  more: More = {},
): Transcript {
  return {
    ...more,
    id,
    title,
    dialogue: [client(`${line}\r\n`)],
    expect: { toClient: [`${code} …`], verdicts: [`reject ${reason}`] },
  }
}

/** The server's `reply` is withheld, and the client gets `code` in its place. */
export function withheld(
  id: string,
  title: string,
  [command, reply]: readonly [command: string, reply: string],
  code: number,
  reason: string,
  more: More = {},
): Transcript {
  return {
    ...more,
    id,
    title,
    dialogue: [client(`${command}\r\n`), server(`${reply}\r\n`)],
    expect: { toServer: [command], toClient: [`${code} …`], verdicts: [`replace ${reason}`] },
  }
}

/** The session ends with 421, and both legs are closed. */
export function ended(
  id: string,
  title: string,
  dialogue: readonly Turn[],
  reason: string,
  more: More & { readonly before?: Expected } = {},
): Transcript {
  const { before = {}, ...rest } = more
  return {
    ...rest,
    id,
    title,
    dialogue,
    expect: {
      ...before,
      toClient: [...(before.toClient ?? []), '421 …'],
      verdicts: [...(before.verdicts ?? []), `close ${reason}`],
      session: `closed ${reason}`,
    },
  }
}

/** What goes through, as lines of either side; nothing is remarked on. */
export function passed(
  id: string,
  title: string,
  dialogue: readonly Turn[],
  toServer: readonly string[],
  toClient: readonly string[],
  more: More = {},
): Transcript {
  return { ...more, id, title, dialogue, expect: { toServer, toClient } }
}

/** PASV is answered, and the client may connect. */
export const PASSIVE_SET_UP: readonly Turn[] = [client('PASV\r\n'), server(PASSIVE)]

/** A file comes from the server over the connection that stands. */
export function download(name: string, file: string): readonly Turn[] {
  return [
    client(`RETR ${name}\r\n`),
    server('150 go\r\n'),
    { from: 'S', file },
    server('226 done\r\n'),
  ]
}

/** … and the whole of it. */
export const PASSIVE_DOWNLOAD: readonly Turn[] = [
  ...PASSIVE_SET_UP,
  connect('C'),
  ...download('f', 'content'),
]
