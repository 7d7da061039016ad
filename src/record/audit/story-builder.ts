/** Puts a {@link SessionStory} together, record by record, in bounded memory. */
import { isRefusal } from './entry-facts.ts'
import type { LogEntry, LoggedRecord } from './log-entry.ts'
import type {
  ControlLine,
  Handshake,
  OpaqueStretch,
  Rewrite,
  SessionStory,
  StoryEvent,
  Verdict,
} from './session-story.ts'
import { SessionTracker } from './session-tracker.ts'
import { StoryData } from './story-data.ts'

type RecordOf<T extends LoggedRecord['type']> = Extract<LoggedRecord, { type: T }>
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Enough for a session of thousands of transfers; about 10 MB. */
const EVENTS_MAX = 20_000

export class StoryBuilder {
  readonly #session: string
  readonly #eventsMax: number
  readonly #tracker = new SessionTracker()
  readonly #events: StoryEvent[] = []
  readonly #data = new StoryData((event) => this.#put(event))
  readonly #users: string[] = []
  #client = ''
  #server = ''
  #opened: RecordOf<'session.open'> | undefined
  #closed: RecordOf<'session.close'> | undefined
  #firstTime = ''
  #lastTime = ''
  /** The last command, while it is not known what becomes of it. */
  #command: Writable<ControlLine> | undefined
  /** A rewritten reply; the line itself follows. */
  #rewrite: Rewrite | undefined
  #stretch: Writable<OpaqueStretch> | undefined
  #refusals = 0
  #omitted = 0
  #unknown = 0

  constructor(session: string, eventsMax: number = EVENTS_MAX) {
    this.#session = session
    this.#eventsMax = eventsMax
  }

  /** Whether there was anything of this session. */
  get isEmpty(): boolean {
    return this.#firstTime === ''
  }

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  /** Takes a record of this session; others are passed over. */
  accept(entry: LogEntry): void {
    if (entry.session !== this.#session) return
    if (this.#firstTime === '') this.#firstTime = entry.time
    this.#lastTime = entry.time
    const { user, isLogin } = this.#tracker.observe(entry)
    if (isLogin && user !== undefined && this.#users.at(-1) !== user) this.#addUser(user)
    if (isRefusal(entry)) this.#refusals += 1
    if (entry.record === undefined) this.#unknown += 1
    else this.#follow(entry.record)
  }

  story(): SessionStory {
    const events = this.#events
    return {
      session: this.#session,
      client: this.#client,
      server: this.#server,
      opened: this.#opened,
      closed: this.#closed,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      users: this.#users,
      events,
      lines: events.filter((event) => event.kind === 'line'),
      rewrites: events.filter((event) => event.kind === 'rewrite'),
      stretches: events.filter((event) => event.kind === 'opaque'),
      pinholes: events.filter((event) => event.kind === 'pinhole'),
      connections: events.filter((event) => event.kind === 'data'),
      verdicts: events.filter((event) => event.kind === 'verdict'),
      handshakes: events.filter((event) => event.kind === 'handshake'),
      refusals: this.#refusals,
      toClientBytes: this.#data.toClientBytes,
      toServerBytes: this.#data.toServerBytes,
      omitted: this.#omitted,
      unknown: this.#unknown,
    }
  }

  #follow(record: LoggedRecord): void {
    if ('client' in record && record.client !== undefined) {
      this.#client = record.client
      this.#server = record.server
    }
    switch (record.type) {
      case 'session.open':
        this.#opened = record
        return
      case 'session.close':
        this.#closed = record
        return
      case 'control.command':
        this.#commandGiven(record)
        return
      case 'control.reply':
        this.#replied(record)
        return
      case 'rewrite':
        this.#rewritten(record)
        return
      case 'verdict':
        this.#judged(record)
        return
      case 'tls.hello':
      case 'tls.certificate':
      case 'tls.alert':
        this.#add<Handshake>({ kind: 'handshake', time: record.time, record })
        return
      case 'channel.opaque':
        this.#opaque(record)
        return
      case 'channel.clear':
        this.#cleared(record)
        return
      default:
        if (!this.#data.accept(record)) this.#omitted += 1
    }
  }

  #commandGiven(record: RecordOf<'control.command'>): void {
    this.#rewrite = undefined
    this.#command = this.#add<ControlLine>({
      kind: 'line',
      time: record.time,
      from: 'client',
      verb: record.verb,
      code: undefined,
      text: record.argument,
      lines: 1,
      isLocal: false,
      outcome: 'forwarded',
      rewrite: undefined,
    })
  }

  #replied(record: RecordOf<'control.reply'>): void {
    const rewrite = this.#rewrite
    this.#rewrite = undefined
    const isLocal = record.local === true
    const command = this.#command
    if (isLocal && command !== undefined && command.verb === record.verb)
      if (command.outcome === 'forwarded') command.outcome = 'answered'
    this.#add<ControlLine>({
      kind: 'line',
      time: record.time,
      from: 'server',
      verb: record.verb,
      code: record.code,
      text: record.text,
      lines: record.lines,
      isLocal,
      outcome: 'forwarded',
      rewrite: rewrite?.as === String(record.code) ? rewrite : undefined,
    })
  }

  #rewritten(record: RecordOf<'rewrite'>): void {
    const isOfClient = record.form === 'PORT' || record.form === 'EPRT'
    const rewrite = this.#add<Rewrite>({
      kind: 'rewrite',
      time: record.time,
      from: isOfClient ? 'client' : 'server',
      form: record.form,
      as: record.as ?? record.form,
      before: record.before,
      after: record.after,
    })
    if (!isOfClient) this.#rewrite = rewrite
    else if (rewrite !== undefined) this.#giveToCommand(rewrite)
  }

  #giveToCommand(rewrite: Rewrite): void {
    const command = this.#command
    if (command?.verb === rewrite.form) command.rewrite = rewrite
  }

  #judged(record: RecordOf<'verdict'>): void {
    const command = this.#command
    const isAbout =
      command !== undefined &&
      record.side === 'client' &&
      (record.verb === undefined || record.verb === command.verb)
    if (isAbout && ['deny', 'reject', 'close'].includes(record.verdict)) command.outcome = 'refused'
    this.#add<Verdict>({ kind: 'verdict', time: record.time, record })
  }

  #opaque(record: RecordOf<'channel.opaque'>): void {
    this.#command = undefined
    this.#stretch = this.#add<OpaqueStretch>({
      kind: 'opaque',
      time: record.time,
      mechanism: record.mechanism,
      version: record.version,
      cipher: record.cipher,
      isResumed: record.resumed === true,
      isNullCipher: record.nullCipher === true,
      clientClear: undefined,
      serverClear: undefined,
    })
  }

  #cleared(record: RecordOf<'channel.clear'>): void {
    if (this.#stretch === undefined) return
    const clear = { time: record.time, closeNotify: record.closeNotify }
    if (record.side === 'client') this.#stretch.clientClear = clear
    else this.#stretch.serverClear = clear
  }

  /** `undefined` when there is no room any more. */
  #add<T extends StoryEvent>(event: T): Writable<T> | undefined {
    if (this.#put(event)) return event
    this.#omitted += 1
    return undefined
  }

  #put(event: StoryEvent): boolean {
    if (this.#events.length >= this.#eventsMax) return false
    this.#events.push(event)
    return true
  }

  #addUser(user: string): void {
    if (this.#users.length < this.#eventsMax) this.#users.push(user)
  }
}
