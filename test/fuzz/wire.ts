/** Reading what passed on a wire, for the oracle: parsers of its own, which share nothing with `src`. */
import type { Sight } from './trace.ts'

type Bytes = Extract<Sight, { type: 'said' | 'sent' }>

/** Which of the four streams: either side, to the proxy or from it. */
function streamOf({ type, side }: Bytes): string {
  return `${type} ${side}`
}

/** The four streams without the TLS records in them. */
export class ClearText {
  readonly #rest = new Map<string, string>()
  readonly #clearAgain = new Set<string>()
  #isTls = false

  /** Everything is TLS from here on, until it is not. */
  begin(): void {
    this.#isTls = true
  }

  /** Whether both sides have gone back. */
  get isOver(): boolean {
    return this.#clearAgain.has('said client') && this.#clearAgain.has('said server')
  }

  of(sight: Bytes): string {
    const stream = streamOf(sight)
    if (!this.#isTls || this.#clearAgain.has(stream)) return sight.text
    let rest = (this.#rest.get(stream) ?? '') + sight.text
    while (isRecord(rest)) {
      const length = 5 + rest.charCodeAt(3) * 256 + rest.charCodeAt(4)
      // Not a number: the length is not there yet.
      if (!(rest.length >= length)) break
      rest = rest.slice(length)
    }
    const isClear = rest !== '' && !isRecord(rest)
    if (isClear) this.#clearAgain.add(stream)
    this.#rest.set(stream, isClear ? '' : rest)
    return isClear ? rest : ''
  }
}

/** Content types of TLS records (RFC 8446 §5.1). */
function isRecord(bytes: string): boolean {
  return bytes.charCodeAt(0) >= 20 && bytes.charCodeAt(0) <= 23
}

/** Whole lines of one stream; lines that are badly made are none. */
export function lineReader(isTolerant: boolean): (text: string) => string[] {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    return lines
      .filter((line) => isTolerant || line.endsWith('\r'))
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => !/[\r\0]/.test(line))
  }
}

/** The last line of each reply (RFC 959 §4.2). */
export function replyReader(): (lines: readonly string[]) => string[] {
  let open: string | undefined
  return (lines) =>
    lines.flatMap((raw) => {
      const line = open === undefined ? raw.replace(TELNET, '') : raw
      const [, code, hyphen] = /^(\d{3})(?:([ -])|$)/.exec(line) ?? []
      if (code === undefined || (open !== undefined && code !== open)) return []
      open = hyphen === '-' ? code : undefined
      return open === undefined ? [line] : []
    })
}

const TELNET = /^(?:\xff[\xfb-\xfe][^]|\xff[\xf0-\xfe]|[\xff\xf2\xf4])*/

/** The port that a 227 or 229 names, if its address is the server's. */
export function passivePort(reply: string, server: string): number | undefined {
  const extended = /\(([!-~])\1\1(\d+)\1\)/.exec(reply)
  if (reply.startsWith('229')) return extended === null ? undefined : Number(extended[2])
  const tuples = [...reply.slice(4).matchAll(/\d+(?:,\d+){5}/g)]
  const [address, port] = fromTuple(tuples[0]?.[0] ?? '')
  return tuples.length === 1 && address === server ? port : undefined
}

/** The port that PORT or EPRT names, if the address is the client's. */
export function activePort(command: string, client: string): number | undefined {
  const argument = command.slice(5)
  const [, , host = '', digits = ''] = argument.split(argument.charAt(0))
  const [address, port] = /^port/i.test(command)
    ? fromTuple(argument)
    : [canonical(host), Number(digits)]
  return address === client ? port : undefined
}

function fromTuple(text: string): [string, number] {
  const numbers = text.split(',').map(Number)
  return [numbers.slice(0, 4).join('.'), (numbers[4] ?? 0) * 256 + (numbers[5] ?? 0)]
}

function canonical(address: string): string {
  const url = address.includes(':') ? `http://[${address}]/` : ''
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address
}
