/** How a report on ports looks: a heading for each range, and a row for each of its holders. */
import { type Ink, type Terminal, wrap } from '../demo/terminal.ts'
import { formatPortRange } from '../net/port.ts'
import type {
  HeldPort,
  HolderReport,
  PortsReport,
  RangeReport,
} from '../shell/admin/ports-report.ts'
import { countOf } from './plural.ts'

const BAR_CELLS = 10
const GAP = '  '
/** Where a list of ports is not to be broken. */
const HARD_BLANK = '\u00a0'
/** A list of ports is not broken into less than this. */
const PORTS_COLUMNS_MIN = 24

interface Row {
  readonly holder: string
  readonly local: string
  readonly used: string
  readonly ports: string
  readonly ink: Ink
}

const HEAD: Row = { holder: 'HELD BY', local: 'AT', used: 'USED', ports: 'PORTS', ink: 'plain' }

export function portsTable(report: PortsReport, terminal: Terminal): void {
  for (const [index, range] of report.ranges.entries()) {
    if (index > 0) terminal.line()
    terminal.line(heading(range, terminal))
    if (range.holders.length === 0) terminal.line(terminal.ink('quiet', '  nobody uses any'))
    else
      table(
        range.holders.map((holder) => row(holder, range, terminal)),
        terminal,
      )
  }
}

function heading(range: RangeReport, terminal: Terminal): string {
  const { key, ports, size, listeners, isReserved } = range
  const about = [
    `${countOf(size, 'port')} ${key === 'passive-ports' ? 'for each client' : 'of the server'}`,
    ...(listeners.length > 0
      ? [`${listeners.length === 1 ? 'listener' : 'listeners'} ${listeners.join(', ')}`]
      : []),
    ...(isReserved ? ['reserved'] : []),
  ]
  const title = terminal.ink('title', `${key} ${formatPortRange(ports)}`)
  return `${title}${GAP}${terminal.ink('quiet', about.join(' · '))}`
}

function row(holder: HolderReport, { size }: RangeReport, terminal: Terminal): Row {
  const share = size === 0 ? 0 : holder.used / size
  const text = `${String(holder.used).padStart(String(size).length)} of ${size}`
  return {
    holder: holder.holder,
    local: holder.local,
    used: terminal.hasColors ? `${bar(share)} ${text}` : text,
    ports: portsText(holder),
    // Nearly all of it: the next transfer may find none.
    ink: share >= 0.9 ? 'bad' : 'plain',
  }
}

/** At least one cell for anybody who uses any, and the last only for who uses all. */
function bar(share: number): string {
  const cells = share === 0 ? 0 : Math.max(1, Math.floor(share * BAR_CELLS))
  return '■'.repeat(cells) + '□'.repeat(BAR_CELLS - cells)
}

/** `50017 s12, 50044 s14 (waiting), 3 resting`. */
function portsText({ ports, open }: HolderReport): string {
  const resting = ports.filter(({ state }) => state === 'resting').length
  const parts = [
    ...open.map((session) => `all open to ${session}`.replaceAll(' ', HARD_BLANK)),
    ...ports.filter(({ state }) => state !== 'resting').map(portText),
    ...(resting > 0 ? [`${resting} resting`] : []),
  ]
  return parts.join(', ')
}

function portText({ port, state, session }: HeldPort): string {
  const words = [`${port}`, ...(session === undefined ? [] : [session])]
  return [...words, ...(state === 'leased' ? ['(waiting)'] : [])].join(HARD_BLANK)
}

function table(rows: readonly Row[], terminal: Terminal): void {
  const all = [HEAD, ...rows]
  const width = (column: keyof Omit<Row, 'ink'>): number =>
    Math.max(...all.map((each) => each[column].length))
  const [holder, local, used] = [width('holder'), width('local'), width('used')]
  const left = GAP.length * 4 + holder + local + used
  const room = Math.max(terminal.columns - left, PORTS_COLUMNS_MIN)
  for (const each of all) {
    // A port and its session stay together.
    const [first = '', ...more] = wrap(each.ports, room).map((line) =>
      line.replaceAll(HARD_BLANK, ' '),
    )
    const isHead = each === HEAD
    const ends = [each.holder.padEnd(holder), each.local.padEnd(local)]
    const cells = ['', ...ends, terminal.ink(each.ink, each.used.padEnd(used)), first]
    const line = cells.join(GAP).trimEnd()
    terminal.line(isHead ? terminal.ink('quiet', line) : line)
    for (const rest of more) terminal.line(' '.repeat(left) + rest)
  }
}
