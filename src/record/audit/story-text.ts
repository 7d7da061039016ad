/**
 * What stands below the ladder of one session: every rewrite with both addresses, the life of every
 * pinhole, data connections, and the stretches that nobody could read.
 */
import type { LadderInk, LadderStyle } from '../ladder-row.ts'
import { bytesText, seconds } from '../ladder-text.ts'
import { cut, fit, textWidth } from '../text-width.ts'
import type {
  DataConnection,
  OpaqueStretch,
  PinholeLife,
  Rewrite,
  SessionStory,
} from './session-story.ts'

export interface StoryTextOptions {
  /** Columns of the terminal; without, a row is one line. */
  readonly columns?: number | undefined
  readonly style: LadderStyle
}

interface Section {
  readonly title: string
  readonly ink: LadderInk
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const INDENT = '   '
const GAP = '  '
const BETWEEN = ' · '
/** Seconds since the session began stand flush right. */
const AT = '     AT'

export function storyText(story: SessionStory, options: StoryTextOptions): string {
  const at = (time: string): string => elapsed(story, time)
  const sections: readonly Section[] = [
    {
      title: 'rewrites',
      ink: 'rewrite',
      head: [AT, 'FROM', 'FORM', 'ANNOUNCED', 'TOLD'],
      rows: story.rewrites.map((rewrite) => [at(rewrite.time), ...rewriteCells(rewrite)]),
    },
    {
      title: 'pinholes',
      ink: 'pinhole',
      head: [AT, 'NAME', 'ONLY FROM', 'LISTENING', 'LEADS TO', 'LIFE', 'END', 'RULE'],
      rows: story.pinholes.map((life) => [at(life.time), ...pinholeCells(life)]),
    },
    {
      title: 'data connections',
      ink: 'data',
      head: [AT, 'THROUGH', 'TRANSFER', 'FROM', 'TO', 'TO CLIENT', 'TO SERVER', 'LIFE', 'END'],
      rows: story.connections.map((each) => [at(each.time), ...connectionCells(each)]),
    },
    {
      title: 'opaque',
      ink: 'security',
      head: [AT, 'HOW', 'UNTIL'],
      rows: story.stretches.map((stretch) => [at(stretch.time), ...stretchCells(stretch, at)]),
    },
  ]
  const texts = sections
    .filter(({ rows }) => rows.length > 0)
    .map((section) => sectionText(section, options))
  return [...texts, ...noteOf(story)].join('\n')
}

function rewriteCells({ from, form, as, before, after }: Rewrite): readonly string[] {
  return [from, form === as ? form : `${form} as ${as}`, before, after]
}

function pinholeCells(life: PinholeLife): readonly string[] {
  const { name, peer, listening, dial, rule, closed, uses, time, ttlMs } = life
  const end = closed === undefined ? 'still open' : closed.reason
  const used = uses.length > 1 ? `${end}, ${uses.length} times` : end
  const limit = ttlMs === undefined ? '' : ` of ${ttlMs / 1000} s`
  return [
    name,
    peer,
    listening,
    dial,
    closed === undefined ? '' : `${lengthBetween(time, closed.time)}${limit}`,
    used,
    rule ?? '(of the session)',
  ]
}

function connectionCells(connection: DataConnection): readonly string[] {
  const { name, verb, path, from, to, closed } = connection
  return [
    name,
    verb === undefined ? '(unread)' : [verb, path].join(' ').trim(),
    from,
    to,
    ...(closed === undefined
      ? ['', '', '', 'still open']
      : [
          bytesText(closed.toClientBytes),
          bytesText(closed.toServerBytes),
          seconds(closed.durationMs),
          closed.cause,
        ]),
  ]
}

function stretchCells(stretch: OpaqueStretch, at: (time: string) => string): readonly string[] {
  const { mechanism, version, cipher, clientClear, serverClear } = stretch
  const how = [mechanism, version, cipher].filter((text) => text !== undefined).join(' · ')
  const until =
    serverClear === undefined
      ? clientClear === undefined
        ? 'the end'
        : `client clear at ${at(clientClear.time).trim()}, server never`
      : `clear at ${at(serverClear.time).trim()}`
  return [how, until]
}

function noteOf({ omitted, unknown, events }: SessionStory): readonly string[] {
  const unknowns = unknown === 1 ? '1 record is of a type' : `${unknown} records are of types`
  return [
    ...(omitted === 0
      ? []
      : [`${omitted} more records are not listed: ${events.length} are kept at most.\n`]),
    ...(unknown === 0 ? [] : [`${unknowns} that this version does not know.\n`]),
  ]
}

/** A table as wide as its widest cells; where the terminal is narrower, a paragraph for each row. */
function sectionText(section: Section, options: StoryTextOptions): string {
  const { title, head, rows } = section
  const { style, columns = Infinity } = options
  const widths = head.map((name, index) =>
    Math.max(textWidth(name), ...rows.map((row) => textWidth(row[index] ?? ''))),
  )
  const total = widths.reduce((sum, width) => sum + width + GAP.length, INDENT.length - GAP.length)
  const lines =
    total <= columns
      ? tableLines(section, widths, style)
      : rows.flatMap((row) => paragraphLines(section, row, columns, style))
  return [style('title', title), ...lines, ''].join('\n')
}

function tableLines(
  { ink, head, rows }: Section,
  widths: readonly number[],
  style: LadderStyle,
): readonly string[] {
  const rowText = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => fit(cell, widths[index] ?? 0))
      .join(GAP)
      .trimEnd()
  return [
    `${INDENT}${style('quiet', rowText(head))}`,
    ...rows.map((row) => `${INDENT}${style(ink, rowText(row))}`),
  ]
}

/** Every cell behind its name. An address is what somebody looks for, and is not cut. */
function paragraphLines(
  { ink, head }: Section,
  row: readonly string[],
  columns: number,
  style: LadderStyle,
): readonly string[] {
  const [time = '', ...cells] = row
  const before = `${INDENT}${time}${GAP}`
  const width = columns - before.length
  const lines: string[] = []
  for (const [index, cell] of cells.entries()) {
    if (cell === '') continue
    const part = cut(`${head[index + 1]?.toLowerCase()} ${cell}`, width)
    const last = lines.at(-1)
    if (last === undefined || textWidth(last) + textWidth(part) + BETWEEN.length > width)
      lines.push(part)
    else lines[lines.length - 1] = `${last}${BETWEEN}${part}`
  }
  return lines.map(
    (line, index) => `${index === 0 ? before : ' '.repeat(before.length)}${style(ink, line)}`,
  )
}

function elapsed(story: SessionStory, time: string): string {
  return ((Date.parse(time) - Date.parse(story.firstTime)) / 1000).toFixed(3).padStart(7)
}

function lengthBetween(from: string, to: string): string {
  return seconds(Math.max(0, Date.parse(to) - Date.parse(from)))
}
