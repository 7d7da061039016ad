/** What to do, as lines: settings of the peers, changes of the rules, and what nothing helps. */
import { type Ink, wrap } from '../demo/terminal.ts'
import type { Advice } from '../explain/advice.ts'
import { type Cell, COMMANDS, PROTECTIONS } from '../explain/cell.ts'
import type { Explained, ReportedListener } from '../explain/report.ts'

export interface Line {
  readonly ink: Ink
  readonly text: string
}

interface Advised extends Pick<Explained, 'advice' | 'hopeless' | 'explanation'> {
  readonly settings: ReportedListener['settings']
}

export function adviceLines(advised: Advised, columns: number): readonly Line[] {
  const lines = [
    ...settingLines(advised.settings, columns),
    ...advised.explanation.clients.flatMap(({ family }) => changeLines(advised, family, columns)),
    ...hopelessLines(advised.hopeless, columns),
  ]
  return lines.length === 0 ? [] : [plain(''), ...lines]
}

function settingLines(settings: Advised['settings'], columns: number): readonly Line[] {
  if (settings.length === 0) return []
  return [
    title('To set up at the peers (the rules are good):'),
    ...settings.flatMap(({ side, what, programs, cells }) => [
      ...prose(`${SIDES[side]}: ${what}`, 4, columns),
      ...prose(`for ${formatCells(cells)}`, 8, columns, 'quiet'),
      ...prose(programs, 8, columns, 'quiet'),
    ]),
    plain(''),
  ]
}

const SIDES = { server: 'server', client: 'clients', both: 'both' } as const

/** Where a family cannot connect at all, what makes it connect is enough to begin with. */
function changeLines(
  { advice, explanation }: Advised,
  family: Cell['family'],
  columns: number,
): readonly Line[] {
  const ours = advice.filter(({ cells }) => cells.some(({ cell }) => cell.family === family))
  const ofFamily = explanation.cells.filter(({ cell }) => cell.family === family)
  const isOut = ofFamily.every(({ telling }) => telling.step === 'connect')
  const sorted = ours.toSorted(
    (a, b) => a.changes.length - b.changes.length || b.cells.length - a.cells.length,
  )
  const [least] = sorted
  if (least === undefined) return []
  const told = isOut ? [least] : sorted
  return [
    title(`To change in the rules, for IPv${family} clients (each is the least that helps):`),
    ...told.flatMap((one) => oneChange(one, family, columns)),
  ]
}

function oneChange(
  { changes, yaml, cells }: Advice,
  family: Cell['family'],
  columns: number,
): readonly Line[] {
  const ours = cells.filter(({ cell }) => cell.family === family)
  const conditions = [...new Set(ours.flatMap((one) => one.conditions.map(({ text }) => text)))]
  const notes = changes.flatMap(({ note }) => note ?? [])
  const what = `${formatCells(ours.map(({ cell }) => cell))}: ${changes.map(({ does }) => does).join(', ')}`
  const needs = conditions.length === 0 ? [] : [`Needs, for some or all: ${conditions.join('; ')}.`]
  return [
    ...prose(what, 4, columns),
    ...yaml.split('\n').map((line): Line => ({ ink: 'link', text: `      ${line}` })),
    ...notes.flatMap((note) => prose(`Mind: ${note}.`, 6, columns, 'quiet')),
    ...needs.flatMap((text) => prose(text, 6, columns, 'quiet')),
    plain(''),
  ]
}

function hopelessLines(hopeless: Advised['hopeless'], columns: number): readonly Line[] {
  const groups = new Map<string, Cell[]>()
  for (const { cell, instead } of hopeless) {
    const key = instead.length === 0 ? '' : formatCells(instead)
    groups.set(key, [...(groups.get(key) ?? []), cell])
  }
  if (groups.size === 0) return []
  return [
    title('No change of the rules helps:'),
    ...[...groups].flatMap(([instead, cells]) => [
      ...prose(formatCells(cells), 4, columns),
      ...(instead === '' ? [] : prose(`instead: ${instead}`, 8, columns, 'quiet')),
    ]),
  ]
}

/** `explicit TLS PASV EPSV; clear PORT (IPv4)`. */
export function formatCells(cells: readonly Cell[]): string {
  const families = [...new Set(cells.map(({ family }) => family))]
  const groups = families.map((family) => {
    const ours = cells.filter((cell) => cell.family === family)
    const protections = [...new Set(ours.map(({ protection }) => protection))]
    const commandsOf = (protection: Cell['protection']): string => {
      const used = ours.filter((cell) => cell.protection === protection)
      return used.length === COMMANDS.length ? 'all' : used.map(({ command }) => command).join(' ')
    }
    const byCommands = new Map<string, string[]>()
    for (const protection of protections) {
      const commands = commandsOf(protection)
      byCommands.set(commands, [...(byCommands.get(commands) ?? []), PROTECTIONS[protection]])
    }
    const text = [...byCommands].map(([commands, names]) => `${names.join(', ')} with ${commands}`)
    return `${text.join('; ')} (IPv${family})`
  })
  return groups.join('; ').replaceAll(' with all', ' with any command')
}

function title(text: string): Line {
  return { ink: 'title', text: `  ${text}` }
}

function plain(text: string): Line {
  return { ink: 'plain', text }
}

function prose(text: string, indent: number, columns: number, ink: Ink = 'plain'): readonly Line[] {
  return wrap(text, columns - indent).map((line, index) => ({
    ink,
    text: `${' '.repeat(index === 0 ? indent : indent + 2)}${line}`,
  }))
}
