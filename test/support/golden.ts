/**
 * Dialogues as text, and the playing of them. The notation is that of recorded transcripts, with
 * lower case for what the proxy delivers:
 *
 *     # session 198.51.100.10:40000 -> 10.0.0.20:21
 *     C PASV\r\n                       the client writes one segment
 *     s PASV\r\n                       … and this is what the server gets
 *     D client                         a data connection comes from the client (or the server)
 *     D end 12 0                       … and ends after 12 bytes to the client and 0 to the server
 *     W 2000                           time passes
 *     X client                         the client closes (`X client reset`: resets)
 *
 * A transcript that was recorded elsewhere has `C` and `S` lines alone: data connections are made
 * where the dialogue uses them, and what its server said to a command that the proxy answers itself
 * is left out. `<TLS 517 bytes>` in it stands for so much of TLS. Lines that end in LF alone are
 * played to a profile that takes them.
 */
import type { Effect } from '../../src/engine/session/effect.ts'
import type { Side } from '../../src/engine/session/event.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import { parsePort } from '../../src/net/port.ts'
import { latin1, textOf } from './bytes.ts'
import { Conversation, type ConversationOptions, HOSTS } from './conversation.ts'
import { type Cut, inOnePiece } from './cuts.ts'

export type Step =
  | { readonly type: 'write'; readonly side: Side; readonly bytes: Uint8Array }
  | { readonly type: 'data'; readonly from: Side }
  | { readonly type: 'end'; readonly toClient: number; readonly toServer: number }
  | { readonly type: 'wait'; readonly milliseconds: number }
  | { readonly type: 'close'; readonly side: Side; readonly cause: 'end' | 'reset' }

export interface Dialogue {
  readonly name: string
  readonly options: ConversationOptions
  readonly steps: readonly Step[]
  readonly isRecorded: boolean
}

export interface Outcome {
  readonly toClient: string
  readonly toServer: string
  /** One effect a line. */
  readonly effects: readonly string[]
  readonly records: readonly PacketLogRecord[]
  /** Addresses that data connections were dialled to, or would have been. */
  readonly dialled: ReadonlySet<string>
  /** The dialogue in its notation, with what was delivered. */
  readonly transcript: string
  readonly talk: Conversation
}

const SIDES = { C: 'client', S: 'server' } as const

/** Reads every session of a transcript. @throws Error on a line that is not in the notation. */
export function readDialogues(name: string, text: string, isRecorded: boolean): Dialogue[] {
  const dialogues: { options: ConversationOptions; steps: Step[] }[] = []
  for (const line of text.split('\n')) {
    if (line === '' || /^[cs] /.test(line)) continue
    const current = dialogues.at(-1)
    if (line.startsWith('# session')) dialogues.push({ options: readHeader(line), steps: [] })
    else if (line.startsWith('#')) continue
    else if (current === undefined) throw new Error(`${name}: no session before ${line}`)
    else current.steps.push(readStep(line))
  }
  return dialogues.map(({ options, steps }, index) => ({
    name: dialogues.length === 1 ? name : `${name} ${index + 1}`,
    options:
      isRecorded && steps.some(hasBareLf)
        ? { ...options, profile: { lineEnding: 'tolerant' } }
        : options,
    steps,
    isRecorded,
  }))
}

function hasBareLf(step: Step): boolean {
  return step.type === 'write' && /(?:^|[^\r])\n/.test(textOf(step.bytes))
}

/** `# session … CLIENT -> SERVER [tolerant]` */
function readHeader(line: string): ConversationOptions {
  const match = /(\S+):(\d+) -> (\S+):(\d+)( tolerant)?$/.exec(line)
  const [, client = '', clientPort = '', server = '', serverPort = '', tolerant] = match ?? []
  const isIpv6 = client.includes(':')
  return {
    client: endpointText(client, clientPort),
    server: endpointText(server, serverPort),
    local: isIpv6 ? '[2001:db8:203::1]:21' : `${HOSTS.P_OUTSIDE}:21`,
    serverLocal: isIpv6 ? '[2001:db8:10::1]:41000' : `${HOSTS.P_INSIDE}:41000`,
    profile: { lineEnding: tolerant === undefined ? 'strict' : 'tolerant' },
  }
}

function endpointText(address: string, port: string): string {
  if (parsePort(port) === undefined) throw new Error(`not a port: ${port}`)
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function readStep(line: string): Step {
  const [, kind = '', rest = ''] = /^([CSDWX]) ?(.*)$/.exec(line) ?? []
  if (kind === 'C' || kind === 'S')
    return { type: 'write', side: SIDES[kind], bytes: readBytes(rest) }
  const [first = '', ...more] = rest.split(' ')
  if (kind === 'W') return { type: 'wait', milliseconds: Number(first) }
  if (kind === 'D' && first === 'end')
    return { type: 'end', toClient: Number(more[0]), toServer: Number(more[1]) }
  if (first !== 'client' && first !== 'server') throw new Error(`not a step: ${line}`)
  if (kind === 'D') return { type: 'data', from: first }
  return { type: 'close', side: first, cause: more[0] === 'reset' ? 'reset' : 'end' }
}

function readBytes(text: string): Uint8Array {
  const tls = /^<TLS (\d+) bytes>$/.exec(text)
  if (tls === null) return latin1(unescape(text))
  const length = Number(tls[1])
  const bytes = new Uint8Array(length)
  bytes.set([0x16, 0x03, 0x03, (length - 5) >> 8, (length - 5) & 0xff])
  return bytes
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '\\': '\\' }

/** A backslash before anything else stands for itself. */
function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|([rnt\\]))/g, (_, hex?: string, letter?: string) =>
    hex === undefined
      ? (ESCAPES[letter ?? ''] ?? '')
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function escape(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(
      /[\x7f-\xff]|\\u00(..)/g,
      (byte, hex?: string) => `\\x${hex ?? byte.charCodeAt(0).toString(16)}`,
    )
}

/** The same dialogue with every turn in one write, however many writes it had. */
export function inTurns(dialogue: Dialogue): Dialogue {
  const steps: Step[] = []
  for (const step of dialogue.steps) {
    const last = steps.at(-1)
    if (step.type === 'write' && last?.type === 'write' && last.side === step.side)
      steps[steps.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, step.bytes]) }
    else steps.push(step)
  }
  return { ...dialogue, steps }
}

export function play(
  dialogue: Dialogue,
  cut: Cut = inOnePiece,
  talk: Conversation = new Conversation(dialogue.options),
): Outcome {
  const world = dialogue.isRecorded ? new RecordedWorld(talk) : undefined
  const lines: string[] = []
  let mark = 0
  let writes = 0
  let turn: Side | undefined
  const delivered = (): readonly Effect[] => {
    const effects = talk.effects.slice(mark)
    mark = talk.effects.length
    return effects
  }
  for (const step of dialogue.steps) {
    if (talk.isClosed) break
    if (step.type === 'write' && step.side !== turn) {
      world?.beforeTurn(step.side, step.bytes)
      turn = step.side
    }
    if (step.type !== 'write') turn = undefined
    const isSkipped = step.type === 'write' && world?.isSkipped(step.side) === true
    if (!isSkipped) perform(talk, step, cut, writes)
    if (step.type === 'write') writes += 1
    const effects = delivered()
    if (step.type === 'write') world?.afterWrite(step.side, effects)
    if (!isSkipped) lines.push(formatStep(step))
    lines.push(...effects.flatMap((effect) => formatDelivery(effect)))
  }
  return { ...outcomeOf(talk), transcript: `${lines.join('\n')}\n` }
}

function perform(talk: Conversation, step: Step, cut: Cut, ordinal: number): void {
  switch (step.type) {
    case 'write':
      for (const segment of cut(step.bytes, ordinal)) talk[step.side](segment)
      return
    case 'data':
      if (talk.listening.length === 0) return
      talk.connectData(step.from === 'client' ? dataPort(talk, 'client') : dataPort(talk, 'server'))
      return
    case 'end':
      talk.endData(step.toClient, step.toServer)
      return
    case 'wait':
      talk.advance(step.milliseconds)
      return
    case 'close':
      talk.close(step.side, step.cause)
  }
}

/** Where data connections of a peer come from. */
function dataPort(talk: Conversation, side: Side): string {
  const [open] = talk.recordsOf('session.open')
  const control = (side === 'client' ? open?.client : open?.server) ?? ''
  return control.replace(/\d+$/, side === 'client' ? '40100' : '20')
}

function formatStep(step: Step): string {
  switch (step.type) {
    case 'write':
      return `${step.side === 'client' ? 'C' : 'S'} ${escape(textOf(step.bytes))}`
    case 'data':
      return `D ${step.from}`
    case 'end':
      return `D end ${step.toClient} ${step.toServer}`
    case 'wait':
      return `W ${step.milliseconds}`
    case 'close':
      return `X ${step.side}${step.cause === 'end' ? '' : ' reset'}`
  }
}

function formatDelivery(effect: Effect): string[] {
  if (effect.type !== 'send') return []
  return [`${effect.side === 'client' ? 'c' : 's'} ${escape(textOf(effect.bytes))}`]
}

/** What a conversation has come to. */
export function outcomeOf(talk: Conversation): Omit<Outcome, 'transcript'> {
  const dialled = talk.effects.flatMap((effect) =>
    effect.type === 'dialData' || effect.type === 'openPinhole'
      ? [effect.pinhole.dial.address, effect.pinhole.peer]
      : [],
  )
  return {
    toClient: talk.sentTo('client'),
    toServer: talk.sentTo('server'),
    effects: talk.effects.map((effect) =>
      JSON.stringify(effect.type === 'send' ? { ...effect, bytes: textOf(effect.bytes) } : effect),
    ),
    records: talk.records,
    dialled: new Set(dialled),
    talk,
  }
}

const TRANSFER = /^(?:RETR|STOR|STOU|APPE|LIST|NLST|MLSD)\b/i

/** What a transcript of control connections does not show. It acts between turns alone. */
class RecordedWorld {
  readonly #talk: Conversation
  #isTransferring = false
  #isUpload = false
  #isConnected = false
  #isAnswered = false

  constructor(talk: Conversation) {
    this.#talk = talk
  }

  beforeTurn(side: Side, bytes: Uint8Array): void {
    const talk = this.#talk
    const pinhole = talk.effects.findLast((effect) => effect.type === 'openPinhole')?.pinhole
    if (side === 'client') {
      if (this.#isConnected) talk.endData(this.#isUpload ? 0 : 10, this.#isUpload ? 10 : 0)
      this.#isConnected = false
      this.#isAnswered = false
      this.#isTransferring = TRANSFER.test(textOf(bytes))
      this.#isUpload = /^(?:ST|AP)/i.test(textOf(bytes))
      talk.advance(50)
    }
    const comes = pinhole?.mode === 'active' ? 'server' : 'client'
    if (!this.#isTransferring || this.#isConnected || comes !== side) return
    if (talk.listening.length === 0) return
    this.#isConnected = talk.connectData(dataPort(talk, comes)) === 'accepted'
  }

  isSkipped(side: Side): boolean {
    return side === 'server' && this.#isAnswered
  }

  /** The proxy answered in the server's place: nothing went on to the server. */
  afterWrite(side: Side, effects: readonly Effect[]): void {
    if (side !== 'client') return
    const sentTo = (to: Side): boolean =>
      effects.some((effect) => effect.type === 'send' && effect.side === to)
    this.#isAnswered = sentTo('client') && !sentTo('server')
  }
}
