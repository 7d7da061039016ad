/** What explain tried, by how the server has to be set up, and tried for real. */
import type { ReportedCell, ReportedListener } from '../../../src/explain/report.ts'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import type { Ip } from '../../../src/net/ip.ts'
import type { Attempt, Held, Laboratory, Way } from './laboratory.ts'
import { type ServerSetting, settingFor } from './setting.ts'

export interface Round {
  readonly setting: ServerSetting
  /** Whether the server has to speak GSSAPI. */
  readonly isScripted: boolean
  readonly attempts: Attempt[]
}

/** A client that cannot even connect, or that nobody intercepts. */
const NOT_TRIED = {
  dataPort: 61_700,
  sourcePort: 20,
  names: 'own-address',
  heedsAddress: true,
  tlsVersion: '1.3',
  namesServer: true,
  works: false,
}

/** @param known Where clients connect to. */
export function roundsOf(
  cells: readonly ReportedCell[],
  { tls }: Pick<ReportedListener, 'tls'>,
  known: Ip,
): readonly Round[] {
  const rounds = new Map<string, Round>()
  const begins = tls === 'implicit' ? 'implicit' : 'explicit'
  for (const cell of cells) {
    const isActive = cell.command === 'PORT' || cell.command === 'EPRT'
    const isScripted = cell.protection === 'gssapi' && begins === 'explicit'
    const { reason = 'network.family' } = cell
    const notTried = [{ ...NOT_TRIED, reason }]
    for (const trial of cell.tried.length === 0 ? notTried : cell.tried) {
      const setting = settingFor(trial, isActive, begins, known)
      const key = JSON.stringify([setting, isScripted])
      const round = rounds.get(key) ?? { setting, isScripted, attempts: [] }
      round.attempts.push({ cell, trial })
      rounds.set(key, round)
    }
  }
  return [...rounds.values()]
}

/** One set-up of the server after the other. */
export async function holdRounds(
  lab: Laboratory,
  rounds: readonly Round[],
  at: Endpoint,
  way: Way,
): Promise<readonly (Attempt & Held)[]> {
  const all: (Attempt & Held)[] = []
  for (const { setting, isScripted, attempts } of rounds) {
    const server = isScripted
      ? await lab.startScripted(at, setting)
      : await lab.startServer(at, setting)
    try {
      const became = await lab.hold(attempts, way)
      for (const [index, attempt] of attempts.entries()) {
        const one = became[index]
        if (one === undefined) throw new Error('a session is missing')
        all.push({ ...attempt, ...one })
      }
    } finally {
      await server.stop()
    }
  }
  return all
}
