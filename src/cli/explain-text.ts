/** How an explanation looks on a terminal: a table to look at, and numbers that lead to the reasons. */
import { type Ink, type Terminal, wrap } from '../demo/terminal.ts'
import { type Cell, COMMANDS, PROTECTIONS, type ProtectionName } from '../explain/cell.ts'
import type { ExplainedCell, ExplainedClients } from '../explain/explain.ts'
import type { Outcome } from '../explain/finding.ts'
import { type Explained, settingsOf } from '../explain/report.ts'
import type { Interception } from '../engine/rules/ruleset.ts'
import { formatEndpoint } from '../net/endpoint.ts'
import { textWidth } from '../record/text-width.ts'
import { adviceLines } from './explain-advice.ts'

export type Marks = Readonly<Record<Outcome | 'arrow' | 'rule', string>>

const UNICODE: Marks = { works: '✓', depends: '~', refused: '✗', arrow: '→', rule: '─' }
/** For terminals that show nothing else. */
const ASCII: Marks = { works: '+', depends: '~', refused: 'x', arrow: '->', rule: '-' }

export function marksFor(isAscii: boolean): Marks {
  return isAscii ? ASCII : UNICODE
}

const INKS: Readonly<Record<Outcome, Ink>> = { works: 'good', depends: 'link', refused: 'bad' }
const MEANINGS: Readonly<Record<Outcome, string>> = {
  works: 'works',
  depends: 'depends on how the peers are set up',
  refused: 'refused',
}

const LABEL_COLUMNS = 16
const CELL_COLUMNS = 7
const GAP = '   '
const COLUMNS_MAX = 96

/** A reason, and the cells that it is given for. */
interface Footnote {
  readonly number: number
  readonly cell: ExplainedCell
  readonly cells: readonly Cell[]
}

export function printExplained(explained: Explained, terminal: Terminal, marks: Marks): void {
  const { listener, clients, cells } = explained.explanation
  const server =
    typeof listener.server === 'string' ? listener.server : formatEndpoint(listener.server)
  const from = listener.intercept === 'none' ? '' : ` (intercepts port ${listener.interceptPort})`
  const title = `${listener.name}  ${formatEndpoint(listener.listen)}${from} ${marks.arrow} ${server}`
  terminal.line(terminal.ink('title', title))
  for (const one of clients) printClients(one, listener.intercept, terminal)
  const footnotes = footnotesOf(cells)
  terminal.line()
  printTable(cells, footnotes, terminal, marks)
  terminal.line()
  for (const { number, cell } of footnotes) printFootnote(number, cell, terminal, marks)
  const settings = settingsOf(cells)
  for (const line of adviceLines({ ...explained, settings }, columnsOf(terminal)))
    terminal.line(terminal.ink(line.ink, line.text))
}

function columnsOf({ columns }: Terminal): number {
  return Math.max(40, Math.min(columns, COLUMNS_MAX))
}

/** Whose sessions these are, and who might fare differently. */
function printClients(
  { family, client, profile, others, cast }: ExplainedClients,
  intercept: Interception,
  terminal: Terminal,
): void {
  const { address, rule, isPermitted } = client
  const by = rule === undefined ? 'no rule permits it' : `rule "${rule.name}"`
  const isPassedBy = cast === undefined && intercept !== 'none'
  const verdict = isPermitted ? `${by}, profile "${profile}"` : `${by}: refused`
  const how = isPassedBy ? 'not intercepted' : verdict
  terminal.line(`  IPv${family} as ${address} (${how})`)
  for (const other of others.slice(0, OTHERS_MAX))
    terminal.line(
      terminal.ink('quiet', `       for rule "${other.rule?.name}": --client ${other.address}`),
    )
}

const OTHERS_MAX = 4

function printTable(
  cells: readonly ExplainedCell[],
  footnotes: readonly Footnote[],
  terminal: Terminal,
  marks: Marks,
): void {
  const families = [...new Set(cells.map(({ cell }) => cell.family))]
  const width = COMMANDS.length * CELL_COLUMNS
  const heads = families.map((family) =>
    ` IPv${family} `.padStart(7, marks.rule).padEnd(width - 2, marks.rule),
  )
  terminal.line(`  ${' '.repeat(LABEL_COLUMNS)}${heads.join(`  ${GAP}`)}`)
  const names = COMMANDS.map((command) => command.padEnd(CELL_COLUMNS)).join('')
  const row = families.map(() => names).join(GAP)
  terminal.line(`  ${' '.repeat(LABEL_COLUMNS)}${terminal.ink('quiet', row.trimEnd())}`)
  for (const [protection, label] of Object.entries(PROTECTIONS)) {
    const shown = families.map((family) =>
      COMMANDS.map((command) => {
        const wanted = { protection: protection as ProtectionName, command, family }
        return mark(wanted, footnotes, terminal, marks)
      }).join(''),
    )
    terminal.line(`  ${label.padEnd(LABEL_COLUMNS)}${shown.join(GAP)}`.trimEnd())
  }
  const legend = (Object.keys(MEANINGS) as Outcome[]).map(
    (outcome) => `${terminal.ink(INKS[outcome], marks[outcome])} ${MEANINGS[outcome]}`,
  )
  terminal.line()
  terminal.line(`  ${legend.join('    ')}    ${terminal.ink('quiet', 'numbers: why, below')}`)
}

function mark(
  wanted: Cell,
  footnotes: readonly Footnote[],
  terminal: Terminal,
  marks: Marks,
): string {
  const found = footnotes.find(({ cells }) => cells.some((cell) => isSame(cell, wanted)))
  if (found === undefined) return ' '.repeat(CELL_COLUMNS)
  const { outcome } = found.cell
  const text = `${marks[outcome]} ${found.number}`
  const padding = ' '.repeat(Math.max(1, CELL_COLUMNS - textWidth(text)))
  return `${terminal.ink(INKS[outcome], text)}${padding}`
}

function isSame(a: Cell, b: Cell): boolean {
  return a.protection === b.protection && a.command === b.command && a.family === b.family
}

/** Equal reasons are told once, in the order in which the table first needs them. */
function footnotesOf(cells: readonly ExplainedCell[]): readonly Footnote[] {
  const found = new Map<string, Footnote>()
  for (const cell of cells) {
    const key = JSON.stringify([cell.outcome, cell.why, cell.telling.rule])
    const same = found.get(key)
    const number = same?.number ?? found.size + 1
    found.set(key, { number, cell: same?.cell ?? cell, cells: [...(same?.cells ?? []), cell.cell] })
  }
  return [...found.values()]
}

function printFootnote(
  number: number,
  { outcome, why, telling }: ExplainedCell,
  terminal: Terminal,
  marks: Marks,
): void {
  const rule = telling.rule === undefined ? 'no rule' : `rule "${telling.rule}"`
  const [first = '', ...more] = wrap(`${why} [${rule}]`, columnsOf(terminal) - 8)
  const label = `${marks[outcome]} ${number}`.padEnd(5)
  terminal.line(`  ${terminal.ink(INKS[outcome], label)} ${first}`)
  for (const line of more) terminal.line(`        ${line}`)
}
