/**
 * What Portcullis set out to reach, beside what was measured. A target that was missed stays in the
 * table with what holds it back.
 */
import type { Comparison, Row } from '../comparison.ts'
import { HAPROXY } from '../peers/haproxy.ts'
import { KERNEL_HELPER, ROUTING } from '../peers/kernel.ts'
import { MOD_PROXY } from '../peers/mod-proxy.ts'
import { NGINX } from '../peers/nginx.ts'
import type { Peer } from '../peers/peer.ts'
import { PORTCULLIS_KERNEL, PORTCULLIS_RELAY, PORTCULLIS_WORKERS } from '../peers/portcullis.ts'
import { SQUID } from '../peers/squid.ts'
import { SUSE } from '../peers/suse.ts'
import { formatNumber, formatTable } from './table.ts'
import { WHY } from './why.ts'

/** What targets are judged by. */
export interface Findings {
  readonly comparisons: readonly Comparison[]
  readonly idle: readonly Row[]
}

interface Target {
  readonly what: string
  readonly wanted: number
  readonly isMoreBetter: boolean
  readonly unit: string
  /** `undefined` where it was not measured. */
  readonly measured: (findings: Findings) => number | undefined
  /** What holds it back, where it is not met. */
  readonly why: string
}

const SESSIONS = 'sessions-32'

const TARGETS: readonly Target[] = [
  atLeast('sessions/s, relay, to Squid', 5, ratio(SESSIONS, PORTCULLIS_RELAY, SQUID), WHY.sessions),
  atLeast(
    'sessions/s, relay, to mod_proxy',
    20,
    ratio(SESSIONS, PORTCULLIS_RELAY, MOD_PROXY),
    WHY.sessions,
  ),
  atLeast('sessions/s, relay, to SUSE', 2, ratio(SESSIONS, PORTCULLIS_RELAY, SUSE), WHY.sessions),
  atLeast(
    'sessions/s, kernel path, to netfilter’s helper',
    0.8,
    ratio(SESSIONS, PORTCULLIS_KERNEL, KERNEL_HELPER),
    WHY.helper,
  ),
  atMost('CPU ms a session, relay', 0.25, figure(SESSIONS, 'CPU ms/session'), WHY.cpu, 'ms'),
  atMost('NOOP p50, to HAProxy', 1.15, ratio('noop', PORTCULLIS_RELAY, HAPROXY), WHY.noop),
  atMost('NOOP p99, to HAProxy', 1.3, ratio('noop', PORTCULLIS_RELAY, HAPROXY, 'p99 µs'), WHY.noop),
  atLeast('RETR, relay, to nginx', 1.2, ratio('retr-1', PORTCULLIS_RELAY, NGINX), WHY.stream),
  atLeast('RETR, relay, to SUSE', 1, ratio('retr-1', PORTCULLIS_RELAY, SUSE), WHY.stream),
  atLeast('STOR, relay, to nginx', 1.2, ratio('stor-1', PORTCULLIS_RELAY, NGINX), WHY.stream),
  atLeast('STOR, relay, to SUSE', 1, ratio('stor-1', PORTCULLIS_RELAY, SUSE), WHY.stream),
  atLeast(
    'RETR, kernel path, to plain routing',
    0.98,
    ratio('forwarding', PORTCULLIS_KERNEL, ROUTING),
    WHY.kernelStream,
  ),
  atMost(
    'CPU s/GB of the proxy, kernel path',
    0.02,
    figure('retr-1', 'CPU s/GB', PORTCULLIS_KERNEL),
    WHY.kernelStream,
    's',
  ),
  atLeast(
    'sessions/s, 2 workers to one process',
    1.7,
    ratio(SESSIONS, PORTCULLIS_WORKERS, PORTCULLIS_RELAY),
    WHY.workers,
  ),
  atMost('a verdict of 10 000 rules, to one of 10', 1, verdictGrowth, WHY.verdicts),
  atMost('KiB of memory an idle session, relay', 10, idleMemory, WHY.idle, 'KiB'),
]

/** The table, and below it by number what holds back those that are missed. */
export function formatTargets(findings: Findings): string {
  const head = ['', 'target', 'measured', '', 'why']
  const reasons: string[] = []
  const numberOf = (why: string): number => {
    if (!reasons.includes(why)) reasons.push(why)
    return reasons.indexOf(why) + 1
  }
  const lines = TARGETS.map(({ what, wanted, isMoreBetter, unit, measured, why }) => {
    const value = measured(findings)
    const isMet = value !== undefined && (isMoreBetter ? value >= wanted : value <= wanted)
    return [
      what,
      `${isMoreBetter ? '≥' : '≤'} ${wanted}${unit}`,
      value === undefined ? '–' : `${formatNumber(value)}${unit}`,
      value === undefined ? 'not measured' : isMet ? 'met' : 'missed',
      value === undefined || isMet ? '' : `${numberOf(why)}`,
    ]
  })
  const list = reasons.map((why, at) => `${at + 1}. ${why}.`)
  return [formatTable(head, lines, [0, 3]), list.join('\n')].join('\n\n').trimEnd()
}

type Measure = Target['measured']

function atLeast(what: string, wanted: number, measured: Measure, why: string): Target {
  return { what, wanted, isMoreBetter: true, unit: 'x', measured, why }
}

function atMost(
  what: string,
  wanted: number,
  measured: Measure,
  why: string,
  unit: string = 'x',
): Target {
  return {
    what,
    wanted,
    isMoreBetter: false,
    unit: unit === 'x' ? unit : ` ${unit}`,
    measured,
    why,
  }
}

function ratio(id: string, own: Peer, peer: Peer, of?: string): Measure {
  return ({ comparisons }) =>
    comparisons.find((one) => one.id === id)?.ratio(own.name, peer.name, of)
}

function figure(id: string, name: string, peer: Peer = PORTCULLIS_RELAY): Measure {
  return ({ comparisons }) =>
    comparisons.find((one) => one.id === id)?.rows.find((row) => row.peer === peer.name)?.figures[
      name
    ]
}

function verdictGrowth({ comparisons }: Findings): number | undefined {
  const own = comparisons.find(({ id }) => id === 'verdicts')?.rows[0]?.figures
  const [few, many] = [own?.['ns at 10 rules'], own?.['ns at 10000 rules']]
  return few === undefined || many === undefined ? undefined : many / few
}

/** With as many sessions as were tried: what the process itself grows by is then spread over most. */
function idleMemory({ idle }: Findings): number | undefined {
  return idle.findLast(({ peer }) => peer === PORTCULLIS_RELAY.name)?.figures['KiB/session']
}
