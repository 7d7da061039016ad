/** The formats by their names, for this terminal. */
import { CsvFormat } from '../record/audit/csv-format.ts'
import { EcsFormat } from '../record/audit/ecs-format.ts'
import { LadderFormat } from '../record/audit/ladder-format.ts'
import { JsonFormat, type RecordFormat } from '../record/audit/record-format.ts'
import { TableFormat } from '../record/audit/table-format.ts'
import { ZeekFormat } from '../record/audit/zeek-format.ts'
import { ansiStyle, LADDER_COLUMNS, type LadderStyle, plainStyle } from '../record/ladder-row.ts'
import type { FormatName } from './audit-arguments.ts'

/** What has to be known of where results go. */
export interface AuditTerminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  hasColors?(): boolean
}

/** Wider than this the two sides of a ladder are too far apart to be read together. */
const LADDER_COLUMNS_MAX = 120

export function createFormat(name: FormatName, terminal: AuditTerminal): RecordFormat {
  const style = styleFor(terminal)
  const columns = columnsOf(terminal)
  switch (name) {
    case 'table':
      return new TableFormat({ columns, style })
    case 'ladder':
      return new LadderFormat({ columns: ladderColumns(terminal), style })
    case 'json':
      return new JsonFormat()
    case 'csv':
      return new CsvFormat()
    case 'ecs':
      return new EcsFormat()
    case 'zeek':
      return new ZeekFormat()
  }
}

/** Colours where a terminal takes them; Node's own test honours NO_COLOR and TERM=dumb. */
export function styleFor(terminal: AuditTerminal): LadderStyle {
  return terminal.isTTY === true && terminal.hasColors?.() === true ? ansiStyle : plainStyle
}

/** `undefined` where there is no terminal, and nothing has to be cut. */
export function columnsOf(terminal: AuditTerminal): number | undefined {
  return terminal.isTTY === true ? terminal.columns : undefined
}

export function ladderColumns(terminal: AuditTerminal): number {
  return Math.min(LADDER_COLUMNS_MAX, columnsOf(terminal) ?? LADDER_COLUMNS)
}
