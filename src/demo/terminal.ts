/** How the demo looks: colours where a terminal takes them, and text that fits it. */
/** Somewhere to print; `process.stdout`, or a double. */
export interface Output {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
  hasColors?(): boolean
}

export type Ink = 'title' | 'plain' | 'quiet' | 'good' | 'bad' | 'link'

/** Select graphic rendition (ECMA-48 §8.3.117): the sixteen colours that every theme defines. */
const RENDITION = {
  title: '1',
  plain: '',
  quiet: '2',
  good: '32',
  bad: '1;31',
  link: '36',
} as const satisfies Record<Ink, string>

const COLUMNS_WITHOUT_TERMINAL = 100
/** Longer lines of prose are tiring to read. */
const PROSE_COLUMNS_MAX = 88

export class Terminal {
  readonly #output: Output
  readonly #hasColors: boolean

  constructor(output: Output) {
    this.#output = output
    // Node's own test, which honours NO_COLOR and TERM=dumb.
    this.#hasColors = output.isTTY === true && (output.hasColors?.() ?? false)
  }

  get columns(): number {
    return this.#output.columns ?? COLUMNS_WITHOUT_TERMINAL
  }

  get hasColors(): boolean {
    return this.#hasColors
  }

  line(text = ''): void {
    this.#output.write(`${text}\n`)
  }

  ink(ink: Ink, text: string): string {
    const isStyled = this.#hasColors && RENDITION[ink] !== ''
    return isStyled ? `\u001b[${RENDITION[ink]}m${text}\u001b[0m` : text
  }

  /** A paragraph, broken between words and indented. */
  prose(text: string, indent: number, ink: Ink = 'plain'): void {
    for (const line of wrap(text, Math.min(this.columns, PROSE_COLUMNS_MAX) - indent))
      this.line(`${' '.repeat(indent)}${this.ink(ink, line)}`)
  }
}

/** Breaks between words; a word longer than a line stays whole. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
