/**
 * How a row of the ladder looks: the elapsed time, the client's side, the band between two rails
 * that is Portcullis, the server's side. A line that crosses both rails went through; one that ends
 * inside was stopped or changed there. Single lines are control connections, double ones data.
 */
import { cut, fit, textWidth, wrap } from './text-width.ts'

/** What a piece of a row is, for whoever gives it a colour. */
export type LadderInk =
  | 'plain'
  | 'title'
  | 'quiet'
  | 'command'
  | 'reply'
  | 'rewrite'
  | 'pinhole'
  | 'data'
  | 'security'
  | 'refusal'

/** Adds what makes `text` look like `ink`, and nothing that takes room. */
export type LadderStyle = (ink: LadderInk, text: string) => string

export const plainStyle: LadderStyle = (_ink, text) => text

/** The sixteen colours that every terminal theme defines (ECMA-48 §8.3.117). */
const RENDITION: Readonly<Record<LadderInk, string>> = {
  plain: '',
  title: '1',
  quiet: '2',
  command: '36',
  reply: '',
  rewrite: '33',
  pinhole: '32',
  data: '35',
  security: '34',
  refusal: '1;31',
}

export const ansiStyle: LadderStyle = (ink, text) =>
  RENDITION[ink] === '' || text === '' ? text : `\u001b[${RENDITION[ink]}m${text}\u001b[0m`

export interface Piece {
  readonly text: string
  readonly ink: LadderInk
}

/** What happens at a rail; written around it. */
export type Gate = 'shut' | 'through' | 'toClient' | 'toServer'

/** The line that crosses: of a control connection, or of a data connection. */
export type LineKind = 'control' | 'data'

export interface RowParts {
  readonly left?: Piece
  readonly clientGate?: Gate
  readonly band?: Piece
  readonly serverGate?: Gate
  readonly right?: Piece
  readonly kind?: LineKind
}

const TIME_COLUMNS = 10
const GATE_COLUMNS = 3
/** Between a rail and what the server says. */
const GAP = ' '
export const BAND_COLUMNS = 20
export const LADDER_COLUMNS = 100
/** Narrower, an announced address no longer fits on its side. */
const COLUMNS_MIN = 80
/** Enough for two IPv6 endpoints, a reason and its code. What a peer wrote may be longer, and is cut. */
const TEXT_ROWS_MAX = 6

const GATES: Readonly<Record<LineKind, Readonly<Record<Gate, string>>>> = {
  control: { shut: ' │ ', through: '─┼─', toClient: '◀┼─', toServer: '─┼▶' },
  data: { shut: ' │ ', through: '═╪═', toClient: '◀╪═', toServer: '═╪▶' },
}

/** What a line across the whole ladder is drawn with. */
interface Across {
  readonly stroke: string
  readonly lineInk: LadderInk
  readonly titleInk: LadderInk
}

const RULE: Across = { stroke: '─', lineInk: 'quiet', titleInk: 'title' }
const SHADE: Across = { stroke: '▒', lineInk: 'security', titleInk: 'security' }

const NOTHING: Piece = { text: '', ink: 'plain' }

export class LadderLayout {
  readonly #style: LadderStyle
  readonly #columns: number
  readonly #left: number
  readonly #right: number

  constructor(columns: number, style: LadderStyle) {
    this.#style = style
    this.#columns = Math.max(COLUMNS_MIN, columns)
    const sides = this.#columns - TIME_COLUMNS - 2 * GATE_COLUMNS - BAND_COLUMNS - GAP.length
    // Replies are longer than commands.
    this.#left = Math.floor(sides * 0.47)
    this.#right = sides - this.#left
  }

  /** One row; `elapsed` in milliseconds. */
  row(elapsed: number | undefined, parts: RowParts): string {
    const { left, band, right, clientGate, serverGate, kind } = parts
    const gates = GATES[kind ?? 'control']
    return this.#trim([
      this.#time(elapsed),
      this.#clientSide(left),
      this.#gate(gates[clientGate ?? 'shut'], band),
      this.#fit(band ?? NOTHING, BAND_COLUMNS),
      this.#gate(gates[serverGate ?? 'shut'], band),
      GAP,
      this.#style((right ?? NOTHING).ink, cut((right ?? NOTHING).text, this.#right)),
    ])
  }

  /** Text that begins in the band and takes the server's side as well, on several rows. */
  rowsFromBand(
    elapsed: number | undefined,
    parts: Pick<RowParts, 'left' | 'clientGate'>,
    mark: Piece,
    text: Piece,
  ): readonly string[] {
    const width = BAND_COLUMNS + GATE_COLUMNS + GAP.length + this.#right - mark.text.length
    return wrap(text.text, width, TEXT_ROWS_MAX).map((line, index) =>
      this.#trim([
        this.#time(index === 0 ? elapsed : undefined),
        this.#clientSide(index === 0 ? parts.left : NOTHING),
        this.#gate(GATES.control[index === 0 ? (parts.clientGate ?? 'shut') : 'shut'], mark),
        this.#style(mark.ink, index === 0 ? mark.text : ' '.repeat(mark.text.length)),
        this.#style(text.ink, line),
      ]),
    )
  }

  /** A rule across the whole ladder with a title in it, and perhaps a line below. */
  rule(elapsed: number | undefined, title: string, below: string = ''): readonly string[] {
    return this.#across(elapsed, RULE, title, below)
  }

  /** Like a rule, and hard to overlook: what follows cannot be read. */
  shade(elapsed: number | undefined, title: string, below: string): readonly string[] {
    return this.#across(elapsed, SHADE, title, below)
  }

  #across(
    elapsed: number | undefined,
    { stroke, lineInk, titleInk }: Across,
    title: string,
    below: string,
  ): readonly string[] {
    const width = this.#columns - TIME_COLUMNS
    const before = `${stroke.repeat(2)} `
    const shown = cut(title, width - 2 * before.length)
    const after = stroke.repeat(width - before.length - textWidth(shown) - 1)
    const rows = [
      [
        this.#time(elapsed),
        this.#style(lineInk, before),
        this.#style(titleInk, shown),
        this.#style(lineInk, ` ${after}`),
      ],
    ]
    if (below !== '')
      rows.push([this.#time(undefined), this.#style('quiet', `   ${cut(below, width - 3)}`)])
    return rows.map((pieces) => this.#trim(pieces))
  }

  #time(elapsed: number | undefined): string {
    const text = elapsed === undefined ? '' : (elapsed / 1000).toFixed(3)
    return this.#style('quiet', `${text.padStart(TIME_COLUMNS - 2)}  `)
  }

  #fit(piece: Piece, width: number): string {
    return this.#style(piece.ink, fit(piece.text, width))
  }

  /** One blank stays before the rail. */
  #clientSide(piece: Piece = NOTHING): string {
    return `${this.#fit(piece, this.#left - 1)} `
  }

  /** A line has the colour of what it carries; a rail alone stays in the background. */
  #gate(text: string, line: Piece | undefined): string {
    return this.#style(text === GATES.control.shut ? 'quiet' : (line?.ink ?? 'plain'), text)
  }

  /** No blanks at the end, where a pager or a diff would show them. */
  #trim(pieces: readonly string[]): string {
    return pieces.join('').trimEnd()
  }
}

/** A line through the band, with a label in its middle. */
export function bandLine(kind: LineKind, label: string = ''): string {
  const stroke = kind === 'control' ? '─' : '═'
  if (label === '') return stroke.repeat(BAND_COLUMNS)
  const shown = ` ${cut(label, BAND_COLUMNS - 4)} `
  const before = Math.floor((BAND_COLUMNS - textWidth(shown)) / 2)
  return stroke.repeat(before) + shown + stroke.repeat(BAND_COLUMNS - before - textWidth(shown))
}
