/**
 * Packet-log records as a conversation that can be read: the client on the left, the server on the
 * right, Portcullis as the band in the middle. One record gives no row or several. A command is
 * drawn when the record after it is known, because only then it is clear whether it went through;
 * what the next record is not needed for is drawn at once.
 */
import { workerOfSession } from '../engine/id.ts'
import type { PacketLogRecord, SessionRecord } from '../engine/session/record.ts'
import { type Instant, instant } from '../net/instant.ts'
import { unreachable } from '../net/unreachable.ts'
import { type CaptureFields, captureWords, isShownElsewhere } from './ladder-capture.ts'
import { dataRow, pinholeRow, rangeRow } from './ladder-data.ts'
import {
  bandLine,
  LADDER_COLUMNS,
  LadderLayout,
  type LadderStyle,
  type Piece,
  plainStyle,
} from './ladder-row.ts'
import { opaqueTexts, securityRow } from './ladder-security.ts'
import { announcement, closeTexts, commandText, refusalOf, verdictText } from './ladder-text.ts'

const SESSIONS_MAX = 100_000

export interface LadderOptions {
  /** Columns of the terminal; 100 unless given, never fewer than 80. */
  readonly columns?: number
  /** `ansiStyle` for a terminal; no colours unless given. */
  readonly style?: LadderStyle
}

/** The time of day, where a record comes from a log. */
interface Timed {
  readonly time?: string
}

export type LadderRecord = PacketLogRecord & Timed

type RecordOf<Type extends PacketLogRecord['type']> = Extract<PacketLogRecord, { type: Type }>
type Command = RecordOf<'control.command'>
type Rewrite = RecordOf<'rewrite'>

interface SessionView {
  readonly openedAt: Instant
  /** A command of which it is not known yet whether it goes to the server, and notes on it. */
  command:
    | { readonly record: Command; readonly elapsed: number; readonly notes: string[] }
    | undefined
  /** A rewritten reply; the record of the reply itself follows. */
  rewrite: { readonly record: Rewrite; readonly elapsed: number } | undefined
}

export class Ladder {
  readonly #layout: LadderLayout
  readonly #sessions = new Map<string, SessionView>()
  #drawnSession: string | undefined

  constructor(options: LadderOptions = {}) {
    this.#layout = new LadderLayout(options.columns ?? LADDER_COLUMNS, options.style ?? plainStyle)
  }

  /** The rows that are complete with `record`; `at` is when it happened, on any one clock. */
  rows(record: LadderRecord, at: Instant): readonly string[] {
    switch (record.type) {
      case 'log.start': {
        const worker = record.worker === undefined ? '' : ` · worker ${record.worker}`
        const title = `packet log starts · portcullis ${record.version}${worker} · rules ${record.rules}`
        const rows = this.flush()
        // No session outlives its process, also where its end is not recorded. Other workers go on.
        for (const session of this.#sessions.keys())
          if (workerOfSession(session) === record.worker) this.#sessions.delete(session)
        return [...rows, ...this.#layout.rule(undefined, `${title}${timeOf(record)}`)]
      }
      case 'log.stop':
        return [
          ...this.flush(),
          ...this.#layout.rule(undefined, `packet log stops${timeOf(record)}`),
        ]
      case 'log.lost':
        return this.#layout.rule(undefined, `${record.records} records were lost${timeOf(record)}`)
      case 'session.refused':
      case 'data.refused':
        return this.#layout.rowsFromBand(
          undefined,
          {},
          { text: '✗ ', ink: 'refusal' },
          { text: refusalOf(record), ink: 'refusal' },
        )
      default:
        return this.#sessionRows(record, at)
    }
  }

  /** What is still waiting for a record that does not come. */
  flush(): readonly string[] {
    return [...this.#sessions.values()].flatMap((view) => this.#settle(view))
  }

  /** What only a capture tells, which no live session leaves. */
  captureRows(session: string | undefined, fields: CaptureFields, at: Instant): readonly string[] {
    const words = captureWords(fields)
    if (words === undefined || isShownElsewhere(fields)) return []
    const title = `capture: ${words.what}: ${words.text}`
    if (session === undefined) return this.#layout.rule(undefined, title, words.extra)
    const view = this.#viewOf(session, at)
    const rows = this.#settle(view)
    return this.#under(session, [...rows, ...this.#layout.rule(undefined, title, words.extra)])
  }

  /** A record that this version has no picture for, of a session or of none. */
  unknownRows(session: string | undefined, text: string, at: Instant): readonly string[] {
    const mark = { text: '? ', ink: 'quiet' } as const
    const what = { text, ink: 'quiet' } as const
    if (session === undefined) return this.#layout.rowsFromBand(undefined, {}, mark, what)
    const view = this.#viewOf(session, at)
    const rows = this.#settle(view)
    return this.#under(session, [
      ...rows,
      ...this.#layout.rowsFromBand(at - view.openedAt, {}, mark, what),
    ])
  }

  #sessionRows(record: SessionRecord & Timed, at: Instant): readonly string[] {
    const view = this.#viewOf(record.session, at)
    const rows = this.#rowsOf(record, view, at - view.openedAt)
    if (record.type === 'session.close') this.#sessions.delete(record.session)
    if (record.type === 'session.open') this.#drawnSession = record.session
    return this.#under(record.session, rows)
  }

  #viewOf(session: string, at: Instant): SessionView {
    const known = this.#sessions.get(session)
    if (known !== undefined) return known
    const view: SessionView = { openedAt: at, command: undefined, rewrite: undefined }
    this.#forgetOldest()
    this.#sessions.set(session, view)
    return view
  }

  /** Only a log in which sessions never end has so many open ones. */
  #forgetOldest(): void {
    if (this.#sessions.size < SESSIONS_MAX) return
    for (const session of this.#sessions.keys()) {
      this.#sessions.delete(session)
      return
    }
  }

  /** Rows of another session than those before them say whose they are. */
  #under(session: string, rows: readonly string[]): readonly string[] {
    if (rows.length === 0 || this.#drawnSession === session) return rows
    this.#drawnSession = session
    return [...this.#layout.rule(undefined, `session ${session}`), ...rows]
  }

  #rowsOf(record: SessionRecord & Timed, view: SessionView, elapsed: number): readonly string[] {
    switch (record.type) {
      case 'control.command': {
        const rows = this.#settle(view)
        view.command = { record, elapsed, notes: [] }
        return rows
      }
      case 'rewrite': {
        const rows = this.#settle(view)
        if (isOfCommand(record)) return [...rows, this.#rewrittenCommand(record, elapsed)]
        view.rewrite = { record, elapsed }
        return rows
      }
      case 'control.reply':
        return this.#replyRows(record, view, elapsed)
      case 'verdict':
        return this.#verdictRows(record, view, elapsed)
      case 'session.open':
        return this.#heading(record, elapsed)
      case 'session.close': {
        const { title, totals } = closeTexts(record)
        return [...this.#settle(view), ...this.#layout.rule(elapsed, title, totals)]
      }
      case 'pinhole.open':
      case 'pinhole.use':
      case 'pinhole.close': {
        const row = pinholeRow(record)
        return [
          ...this.#settle(view, record.type === 'pinhole.open' && record.mode === 'active'),
          ...(row === undefined ? [] : [this.#layout.row(elapsed, row)]),
        ]
      }
      case 'data.open':
      case 'data.close':
        return [...this.#settle(view), this.#layout.row(elapsed, dataRow(record))]
      case 'range.open':
      case 'range.close':
        return [...this.#settle(view), this.#layout.row(elapsed, rangeRow(record))]
      case 'tls.hello':
      case 'tls.certificate':
      case 'tls.alert':
      case 'channel.clear':
        return [...this.#settle(view), this.#layout.row(elapsed, securityRow(record))]
      case 'channel.opaque': {
        const { title, below } = opaqueTexts(record)
        return [...this.#settle(view), ...this.#layout.shade(elapsed, title, below)]
      }
      default:
        return unreachable(record)
    }
  }

  /** What the session is, and names above the three columns. */
  #heading(record: RecordOf<'session.open'> & Timed, elapsed: number): readonly string[] {
    const head = (client: string, proxy: string, server: string): string =>
      this.#layout.row(undefined, {
        left: { text: client, ink: 'title' },
        band: { text: proxy, ink: 'title' },
        right: { text: server, ink: 'title' },
      })
    return [
      ...this.#layout.rule(
        elapsed,
        `session ${record.session}${timeOf(record)}`,
        `listener ${record.listener} · rule ${record.rule} · profile ${record.profile}`,
      ),
      head('client', 'portcullis', 'server'),
      head(record.client, record.local, record.server),
    ]
  }

  /** Draws what waits in `view`: the next record says nothing about it. */
  #settle(view: SessionView, isHeld: boolean = false): readonly string[] {
    const { command, rewrite } = view
    view.command = undefined
    view.rewrite = undefined
    const rows: string[] = []
    if (command !== undefined)
      rows.push(
        isHeld
          ? this.#stoppedCommand(command.record, command.elapsed, '──▶ held')
          : this.#commandRow(command.record, command.elapsed),
        ...command.notes,
      )
    if (rewrite !== undefined) rows.push(this.#rewrittenReply(rewrite.record, rewrite.elapsed))
    return rows
  }

  #commandRow(record: Command, elapsed: number): string {
    return this.#layout.row(elapsed, {
      left: { text: commandText(record), ink: 'command' },
      clientGate: 'through',
      band: { text: bandLine('control'), ink: 'command' },
      serverGate: 'toServer',
    })
  }

  /** A command that stays in Portcullis, or waits there. */
  #stoppedCommand(record: Command, elapsed: number, band: string): string {
    return this.#layout.row(elapsed, {
      left: { text: commandText(record), ink: 'command' },
      clientGate: 'through',
      band: { text: band, ink: 'command' },
    })
  }

  #rewrittenCommand(record: Rewrite, elapsed: number): string {
    return this.#layout.row(elapsed, {
      band: {
        text: rewrittenInside(),
        ink: 'rewrite',
      },
      serverGate: 'toServer',
      right: { text: announcement(record.as ?? record.form, record.after), ink: 'rewrite' },
    })
  }

  #rewrittenReply(record: Rewrite, elapsed: number): string {
    return this.#layout.row(elapsed, {
      left: { text: announcement(record.as ?? record.form, record.after), ink: 'rewrite' },
      clientGate: 'toClient',
      band: { text: bandLine('control', 'rewritten'), ink: 'rewrite' },
      serverGate: 'through',
      right: { text: announcement(record.form, record.before), ink: 'rewrite' },
    })
  }

  #replyRows(
    record: RecordOf<'control.reply'>,
    view: SessionView,
    elapsed: number,
  ): readonly string[] {
    const { command, rewrite } = view
    // The reply of a rewrite shows no more than the rewrite does.
    if (rewrite !== undefined && (rewrite.record.as ?? rewrite.record.form) === `${record.code}`)
      return this.#settle(view)
    const text = `${record.code} ${record.text}${record.lines > 1 ? ` (${record.lines} lines)` : ''}`
    const ink = record.code >= 400 ? 'refusal' : 'reply'
    if (record.local !== true)
      return [
        ...this.#settle(view),
        this.#layout.row(elapsed, {
          clientGate: 'toClient',
          band: { text: bandLine('control'), ink },
          serverGate: 'through',
          right: { text, ink },
        }),
      ]
    const isAnswer = command !== undefined && command.record.verb === record.verb
    if (isAnswer) view.command = undefined
    return [
      ...(isAnswer
        ? [this.#stoppedCommand(command.record, command.elapsed, '──▶'), ...command.notes]
        : this.#settle(view)),
      ...this.#layout.rowsFromBand(
        elapsed,
        { clientGate: 'toClient' },
        { text: '── ', ink },
        { text, ink },
      ),
    ]
  }

  #verdictRows(record: RecordOf<'verdict'>, view: SessionView, elapsed: number): readonly string[] {
    const { command } = view
    const isNote = record.verdict === 'note' || record.verdict === 'permit'
    const ink = isNote ? 'quiet' : 'refusal'
    const text = { text: verdictText(record), ink } as const
    const isAbout =
      command !== undefined &&
      record.side === 'client' &&
      (record.verb === undefined || record.verb === command.record.verb)
    if (isAbout && isNote) {
      command.notes.push(...this.#layout.rowsFromBand(elapsed, {}, { text: '· ', ink }, text))
      return []
    }
    if (isAbout && record.verdict !== 'drop-data') {
      view.command = undefined
      return [
        ...this.#refusedLine(commandText(command.record), command.elapsed, text),
        ...command.notes,
      ]
    }
    const line = [record.verb, record.argument].join(' ').trim()
    return [
      ...this.#settle(view),
      ...(record.side === 'client' && record.verdict === 'reject' && line !== ''
        ? this.#refusedLine(line, elapsed, text)
        : this.#layout.rowsFromBand(elapsed, {}, { text: isNote ? '· ' : '✗ ', ink }, text)),
    ]
  }

  /** A line of the client that ends in Portcullis. */
  #refusedLine(line: string, elapsed: number, text: Piece): readonly string[] {
    return this.#layout.rowsFromBand(
      elapsed,
      { left: { text: line, ink: 'command' }, clientGate: 'through' },
      { text: '─✗ ', ink: text.ink },
      text,
    )
  }
}

/** A whole log, session after session as it happened. */
export function renderLadder(
  records: Iterable<PacketLogRecord & { readonly time: string }>,
  options: LadderOptions = {},
): readonly string[] {
  const ladder = new Ladder(options)
  const rows: string[] = []
  for (const record of records) rows.push(...ladder.rows(record, instantOf(record.time)))
  return [...rows, ...ladder.flush()]
}

/** A line that begins in Portcullis: what arrived there was another. */
function rewrittenInside(): string {
  return bandLine('control', 'rewritten').replace(/^─+/, (dashes) => ' '.repeat(dashes.length))
}

function isOfCommand(record: Rewrite): boolean {
  return record.form === 'PORT' || record.form === 'EPRT'
}

function timeOf(record: Timed): string {
  return record.time === undefined ? '' : ` · ${record.time}`
}

function instantOf(time: string): Instant {
  return instant(Date.parse(time))
}
