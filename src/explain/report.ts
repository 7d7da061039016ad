/** An explanation as one plain value, for programs: what `--json` prints. */
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { formatEndpoint } from '../net/endpoint.ts'
import type { Advice, Hopeless } from './advice.ts'
import type { Cell } from './cell.ts'
import type { ChosenClient } from './client-choice.ts'
import type { Condition } from './condition.ts'
import type { ExplainedCell, ExplainedClients, ListenerExplanation } from './explain.ts'
import type { Outcome } from './finding.ts'
import { settingFor } from './settings.ts'
import type { Trial } from './trial.ts'

/** Changes when a reader would have to. */
export const REPORT_FORMAT = 'portcullis-explain-1'

export interface ReportedCell {
  readonly protection: Cell['protection']
  readonly command: Cell['command']
  readonly family: Cell['family']
  readonly outcome: Outcome
  /** The rule that decided; absent where none did. */
  readonly rule?: string
  /** Why it is refused; a reason of the packet log, or one that begins with `network.`. */
  readonly reason?: string
  readonly why: string
  readonly conditions: readonly Condition[]
  /** Every set-up of the peers that was tried. */
  readonly tried: readonly ReportedTrial[]
}

export interface ReportedTrial {
  readonly dataPort: number
  readonly sourcePort: number
  readonly names: string
  readonly heedsAddress: boolean
  readonly tlsVersion: string
  readonly namesServer: boolean
  readonly works: boolean
  readonly reason?: string
}

export interface Report {
  readonly format: typeof REPORT_FORMAT
  readonly listeners: readonly ReportedListener[]
}

export interface ReportedListener {
  readonly name: string
  readonly listen: string
  readonly server: string
  readonly tls: string
  readonly dataPath: string
  readonly clients: readonly ReportedClient[]
  readonly cells: readonly ReportedCell[]
  readonly settings: readonly (ReturnType<typeof settingFor> & {
    readonly cells: readonly Cell[]
  })[]
  readonly advice: readonly ReportedAdvice[]
  readonly hopeless: readonly Hopeless[]
}

interface ReportedClient {
  readonly family: Cell['family']
  readonly address: string
  readonly rule?: string
  readonly profile: string
  readonly isPermitted: boolean
  readonly others: readonly { readonly address: string; readonly rule?: string }[]
}

interface ReportedAdvice {
  readonly does: readonly string[]
  readonly notes: readonly string[]
  readonly yaml: string
  readonly cells: Advice['cells']
}

/** One listener with what is advised for it. */
export interface Explained {
  readonly explanation: ListenerExplanation
  readonly advice: readonly Advice[]
  readonly hopeless: readonly Hopeless[]
}

export function report(ruleset: Ruleset, explained: readonly Explained[]): Report {
  return {
    format: REPORT_FORMAT,
    listeners: explained.map((one) => reportListener(ruleset, one)),
  }
}

function reportListener(
  { dataPath }: Ruleset,
  { explanation, advice, hopeless }: Explained,
): ReportedListener {
  const { listener, clients, cells } = explanation
  const { server } = listener
  return {
    name: listener.name,
    listen: formatEndpoint(listener.listen),
    server: typeof server === 'string' ? server : formatEndpoint(server),
    tls: listener.tls,
    dataPath,
    clients: clients.map(reportClient),
    cells: cells.map(reportCell),
    settings: settingsOf(cells),
    advice: advice.map(({ changes, yaml, cells: advised }) => ({
      does: changes.map(({ does }) => does),
      notes: changes.flatMap(({ note }) => note ?? []),
      yaml,
      cells: advised,
    })),
    hopeless,
  }
}

/** Each setting of the peers once, with the cells that need it. */
export function settingsOf(cells: readonly ExplainedCell[]): ReportedListener['settings'] {
  const found = new Map<string, ReportedListener['settings'][number]>()
  for (const { cell, conditions } of cells)
    for (const condition of conditions) {
      const setting = settingFor(condition)
      const same = found.get(setting.what)
      found.set(setting.what, { ...setting, cells: [...(same?.cells ?? []), cell] })
    }
  return [...found.values()]
}

function reportClient({ family, client, profile, others }: ExplainedClients): ReportedClient {
  return {
    family,
    ...shownClient(client),
    profile,
    isPermitted: client.isPermitted,
    others: others.map(shownClient),
  }
}

function shownClient({ address, rule }: ChosenClient): { address: string; rule?: string } {
  return { address, ...(rule === undefined ? {} : { rule: rule.name }) }
}

function reportCell({
  cell,
  outcome,
  telling,
  why,
  conditions,
  trials,
}: ExplainedCell): ReportedCell {
  const { rule, reason } = telling
  return {
    ...cell,
    outcome,
    ...(rule === undefined ? {} : { rule }),
    ...(reason === undefined ? {} : { reason }),
    why,
    conditions,
    tried: trials.map(reportTrial),
  }
}

function reportTrial({ circumstances, step, reason }: Trial): ReportedTrial {
  return { ...circumstances, works: step === 'done', ...(reason === undefined ? {} : { reason }) }
}
