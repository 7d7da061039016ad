/**
 * Whether each pinhole was asked for (I2–I4 of the threat catalogue, part 0.1), judged by what passed
 * on the wires alone. Where two readings are possible the oracle takes the one that permits more: what
 * it names is a pinhole that nothing can justify.
 */
import type { Sight } from './trace.ts'
import { activePort, ClearText, lineReader, passivePort, replyReader } from './wire.ts'

export interface Setting {
  readonly client: string
  readonly server: string
  readonly isTolerant: boolean
}

interface Pinhole {
  readonly peer: string
  isAccepted: boolean
  /** When and where somebody listens for it. */
  told?: { readonly at: number; readonly port: number }
  isUsed: boolean
  /** The turn in which it was closed. */
  closed?: number
}

/** From the opening of a pinhole to the connection through it, in milliseconds. */
const TTL = 30_000
/** Sent alone: what they mean and what follows depends on the reply. */
const EXCLUSIVE = /^(?:PASV|EPSV|PORT|EPRT|USER|PASS|ACCT|REIN|AUTH)\b/i
const PASSIVE = /^(?:PASV|EPSV)(?! ALL$)\b/i
const ACTIVE = /^(?:PORT|EPRT) /i
const ABORT = /^ABOR\b/i

export function unjustified(sights: readonly Sight[], setting: Setting): string[] {
  const oracle = new Oracle(setting)
  for (const sight of sights) oracle.see(sight)
  return oracle.breaches
}

class Oracle {
  readonly breaches: string[] = []
  readonly #setting: Setting
  readonly #clear = new ClearText()
  readonly #readClient: (text: string) => string[]
  readonly #readServer: (text: string) => string[]
  readonly #readSent = lineReader(false)
  readonly #readReplies = replyReader()
  readonly #pinholes = new Map<string, Pinhole>()
  /** Who came, by connection. */
  readonly #came = new Map<unknown, Extract<Sight, { type: 'came' }>>()
  /** Set-up commands that the client said and that have led to nothing yet. */
  #asked: string[] = []
  /** What the server was sent and has not answered, and what it said beyond that. */
  #commands: string[] = ['greeting']
  #replies: string[] = []
  #abortsAnswered = 0
  #isLoggedIn = false
  #isEpsvAll = false
  #isTlsAgreed = false
  /** The port that a 227 or 229 named. */
  #announced: number | undefined
  #last: Pinhole | undefined
  #turn = 0

  constructor(setting: Setting) {
    this.#setting = setting
    this.#readClient = lineReader(setting.isTolerant)
    this.#readServer = lineReader(setting.isTolerant)
  }

  see(sight: Sight): void {
    this.#turn += ['said', 'came', 'listening'].includes(sight.type) ? 1 : 0
    switch (sight.type) {
      case 'said':
        return this.#said(sight)
      case 'sent':
        return this.#sent(sight)
      case 'open':
        return this.#opened(sight)
      case 'listening':
        return this.#change(sight.id, { told: { at: sight.at, port: sight.port } })
      case 'came':
        this.#came.set(sight.connection, sight)
        return sight.through === undefined ? undefined : this.#used(sight.through, sight.at)
      case 'dial':
        return this.#dialled(sight)
      case 'close':
        return this.#change(sight.id, { closed: this.#turn })
    }
  }

  #said(sight: Extract<Sight, { type: 'said' | 'sent' }>): void {
    if (this.#isTlsAgreed) this.#clear.begin()
    const text = this.#clear.of(sight)
    if (sight.side === 'server') this.#replies.push(...this.#readReplies(this.#readServer(text)))
    else this.#asked.push(...this.#readClient(text).filter((line) => isSetUp(line)))
    this.#pair()
    // Whoever logged in under TLS is logged in still.
    if (this.#clear.isOver && this.#isTlsAgreed) this.#isLoggedIn = true
  }

  #sent(sight: Extract<Sight, { type: 'said' | 'sent' }>): void {
    const text = this.#clear.of(sight)
    if (sight.side === 'client') return this.#told(text)
    for (const line of this.#readSent(text)) {
      this.#pair()
      if (EXCLUSIVE.test(line)) {
        // An ABOR may go unanswered for ever: what was taken for its reply may be the next one's.
        const left = this.#commands.filter((one) => !ABORT.test(one)).length
        if (isSetUp(line) && left > this.#abortsAnswered)
          this.#breach(`${line} was sent before its turn`)
        this.#commands = []
        this.#abortsAnswered = 0
      }
      if (/^USER\b/i.test(line)) this.#isLoggedIn = false
      if (PASSIVE.test(line)) this.#take((asked) => PASSIVE.test(asked), `nobody said ${line}`)
      this.#commands.push(line)
    }
    this.#pair()
  }

  /** Each final reply answers the oldest command; set-up has no other. */
  #pair(): void {
    while (this.#replies.length > 0 && this.#commands.length > 0) {
      const [reply = ''] = this.#replies.splice(0, 1)
      const [oldest = ''] = this.#commands
      if (reply.startsWith('1') && !/^(?:PASV|EPSV|PORT|EPRT)\b/i.test(oldest)) continue
      const [command = ''] = this.#commands.splice(0, 1)
      if (ABORT.test(command)) this.#abortsAnswered += 1
      this.#answered(`${command.slice(0, 4).toUpperCase()} ${reply.slice(0, 3)}`, command, reply)
    }
  }

  #answered(pair: string, command: string, reply: string): void {
    if (/^(?:USER|PASS|ACCT) 23[02]$/.test(pair)) this.#isLoggedIn = true
    // A code that belongs to another command says nothing, and the client is told so.
    if (/^REIN (?!22[789]|23[45])[23]/.test(pair)) this.#isLoggedIn = false
    if (/^(?:REIN|AUTH) 2/.test(pair)) this.#isEpsvAll = false
    if (/^EPSV ALL$/i.test(command)) this.#isEpsvAll ||= pair.endsWith(' 200')
    else if (/^(?:PASV 227|EPSV 229)$/.test(pair))
      this.#announced = passivePort(reply, this.#setting.server)
    if (/^(?:PORT|EPRT) 200$/.test(pair) && this.#last !== undefined) this.#last.isAccepted = true
    if (pair === 'AUTH 234') this.#isTlsAgreed = true
    if (pair === 'AUTH 234') this.#isLoggedIn = false
  }

  #opened({ id, mode, peer, address, port }: Extract<Sight, { type: 'open' }>): void {
    const { client, server } = this.#setting
    const isOther = [...this.#pinholes.values()].some(({ closed }) => closed === undefined)
    if (isOther) this.#breach(`${id} is not the only one`)
    if (!this.#isLoggedIn) this.#breach(`${id} without a login`)
    if (port < 1024) this.#breach(`${id} to port ${port}`)
    const [from, to] = mode === 'passive' ? [client, server] : [server, client]
    if (peer !== from || address !== to) this.#breach(`${id} from ${peer} to ${address}`)
    if (mode === 'active') {
      if (this.#isEpsvAll) this.#breach(`${id} after EPSV ALL`)
      const isNamed = (asked: string): boolean =>
        ACTIVE.test(asked) && activePort(asked, to) === port
      this.#take(isNamed, `no PORT or EPRT named ${port}`)
    } else if (this.#announced !== port) this.#breach(`no 227 or 229 named ${port}`)
    this.#announced = undefined
    this.#last = { peer, isAccepted: mode === 'passive', isUsed: false }
    this.#pinholes.set(id, this.#last)
  }

  #dialled({ id, connection, at }: Extract<Sight, { type: 'dial' }>): void {
    const came = this.#came.get(connection)
    if (came?.through === undefined) this.#used(id, at)
    const pinhole = this.#pinholes.get(id)
    if (pinhole?.isAccepted !== true) this.#breach(`${id} was used before the 200`)
    if (came?.from !== pinhole?.peer) this.#breach(`a stranger used ${id}`)
  }

  #used(id: string, at: number): void {
    const pinhole = this.#pinholes.get(id)
    if (pinhole?.told === undefined) return this.#breach(`${id} was not open`)
    const { told, closed = this.#turn } = pinhole
    if (closed !== this.#turn || at > told.at + TTL) this.#breach(`${id} was over`)
    if (pinhole.isUsed) this.#breach(`${id} was used twice`)
    pinhole.isUsed = true
  }

  /** A client that is told of a port finds somebody there. */
  #told(text: string): void {
    const [, high, low, whole] = /^227 .*,(\d+),(\d+)\)|^229 .*\|(\d+)\|/m.exec(text) ?? []
    if (low === undefined && whole === undefined) return
    const port = Number(whole ?? Number(high) * 256 + Number(low))
    const isOpen = [...this.#pinholes.values()].some(
      ({ told, closed }) => closed === undefined && told?.port === port,
    )
    if (!isOpen) this.#breach(`the client was told of port ${port}`)
  }

  /** Uses up a command of the client, and forgets those before it. */
  #take(isWanted: (asked: string) => boolean, otherwise: string): void {
    const index = this.#asked.findIndex(isWanted)
    if (index === -1) this.#breach(otherwise)
    this.#asked = this.#asked.slice(index + 1)
  }

  #change(id: string, change: Partial<Pinhole>): void {
    Object.assign(this.#pinholes.get(id) ?? {}, change)
  }

  #breach(text: string): void {
    this.breaches.push(`oracle: ${text}`)
  }
}

function isSetUp(line: string): boolean {
  return PASSIVE.test(line) || ACTIVE.test(line)
}
