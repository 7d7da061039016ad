/** What a soak came to: its faults, a table for people, an object for programs. */
import { rssByMinute, rssSlope } from './gauges.ts'
import type { SoakResult } from './soak.ts'

/** What a process may grow in an hour without anybody being worried: 30 MiB. */
export const RSS_SLOPE_MAX_KIB = 512
/** Below that, what is measured is how the process fills its caches. */
const SLOPE_MINUTES = 30

/** Why the run failed, a sentence each. Empty: it did not. */
export function faultsOf(result: SoakResult): readonly string[] {
  const { counts, tally, diagnostics, options } = result
  const { verification } = tally
  const slope = rssSlope(result.samples)
  const zeros: readonly (readonly [number, string])[] = [
    [counts.wrongBytes, 'transfers with wrong bytes'],
    [counts.friendlyFailures, 'friendly sessions that failed'],
    [counts.breaches, 'times a hostile peer got through'],
    [result.canaryVisits, 'connections to where nobody may be sent'],
    [verification.breaks, 'breaks of the hash chain'],
    [verification.lost, 'lost records'],
    [verification.gaps.length, 'gaps in the numbers of records'],
    [verification.foreign, 'lines of the packet log that are no records'],
    [tally.damaged.length, 'damaged files of the packet log'],
    [tally.unpaired.length, 'sessions that begin without an end, or end without a beginning'],
    [tally.endings.get('draining') ?? 0, 'sessions left over at the end'],
    [tally.refusals.get('internal') ?? 0, 'faults of the proxy itself (reason internal)'],
    [result.untold.length, 'clients whose sessions are not all in the log'],
    [diagnostics.alarms, 'warnings and errors on standard error'],
    [Math.abs(result.reloads - diagnostics.reloads), 'reloads that did not happen'],
    [result.portsHeld ?? 1, 'ports held after everybody has gone'],
  ]
  return [
    ...zeros.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])),
    ...(result.exitCode === 0 ? [] : [`the process ended with ${result.exitCode}`]),
    ...(verification.isStopped ? [] : ['the packet log has no end']),
    ...(counts.transfers > 0 ? [] : ['nothing was transferred']),
    ...(result.finalDescriptors <= result.baselineDescriptors
      ? []
      : [`descriptors: ${result.baselineDescriptors} before, ${result.finalDescriptors} after`]),
    ...(options.minutes >= SLOPE_MINUTES && slope > RSS_SLOPE_MAX_KIB
      ? [`memory grows by ${slope.toFixed(0)} KiB a minute`]
      : []),
  ]
}

/** Everything, as plain values. */
export function toJson(result: SoakResult): object {
  const { counts, tally, diagnostics, samples } = result
  const { verification } = tally
  return {
    ...result.options,
    faults: faultsOf(result),
    sessions: { friendly: counts.friendlySessions, hostile: counts.hostileVisits },
    sessionsInLog: tally.byType.get('session.open') ?? 0,
    sessionsBy: sorted(counts.sessionsBy),
    visitsBy: sorted(counts.visitsBy),
    transfers: counts.transfers,
    aborted: counts.aborted,
    bytes: counts.bytes,
    refusals: sum(tally.refusals),
    refusalsBy: sorted(tally.refusals),
    endings: sorted(tally.endings),
    records: verification.records,
    recordsBy: sorted(tally.byType),
    logBytes: tally.bytes,
    logFiles: verification.files.length,
    reloads: result.reloads,
    rotations: result.rotations,
    rssKibByMinute: rssByMinute(samples),
    rssSlopeKibPerMinute: Number(rssSlope(samples).toFixed(1)),
    cpuSeconds: result.cpuSeconds,
    descriptors: {
      before: result.baselineDescriptors,
      most: samples.reduce((most, each) => Math.max(most, each.descriptors), 0),
      after: result.finalDescriptors,
    },
    portsHeld: result.portsHeld,
    noopMs: { through: result.through, direct: result.direct },
    wrongBytes: counts.wrongBytes,
    friendlyFailures: counts.friendlyFailures,
    breaches: counts.breaches,
    canaryVisits: result.canaryVisits,
    lostRecords: verification.lost,
    chainBreaks: verification.breaks,
    untold: result.untold.slice(0, 20),
    unpaired: tally.unpaired.slice(0, 20),
    alarms: diagnostics.alarms,
    exitCode: result.exitCode,
    complaints: [...counts.complaints, ...diagnostics.firstAlarms, ...tally.damaged.slice(0, 20)],
  }
}

const GIBIBYTE = 2 ** 30

export function toTable(result: SoakResult): string {
  const { counts, tally, options, samples, through, direct, diagnostics } = result
  const { verification } = tally
  const rss = rssByMinute(samples)
  const mebibytes = (kib: number | undefined): string => ((kib ?? 0) / 1024).toFixed(0)
  const most = samples.reduce((peak, each) => Math.max(peak, each.descriptors), 0)
  const rows: readonly (readonly [string, string])[] = [
    ['run', `${options.minutes} min, seed ${options.seed}, load ${options.load}`],
    ['sessions', `${counts.friendlySessions} friendly, ${counts.hostileVisits} hostile visits`],
    ['', `${tally.byType.get('session.open') ?? 0} in the log`],
    ['friends', list(counts.sessionsBy)],
    ['enemies', list(counts.visitsBy)],
    ['transfers', `${counts.transfers}, and ${counts.aborted} broken off`],
    ['bytes', `${(counts.bytes / GIBIBYTE).toFixed(2)} GiB`],
    ['refusals', `${sum(tally.refusals)}: ${list(tally.refusals)}`],
    ['records', `${verification.records} in ${verification.files.length} files`],
    ['reloads', `${result.reloads}, and ${result.rotations} rotations`],
    [
      'memory',
      `${mebibytes(rss[0])} MiB in the first minute, ${mebibytes(rss.at(-1))} in the last`,
    ],
    ['', `${rssSlope(samples).toFixed(1)} KiB a minute after the warm-up`],
    [
      'descriptors',
      `${result.baselineDescriptors} before, ${most} at most, ${result.finalDescriptors} after`,
    ],
    ['processor', `${result.cpuSeconds.toFixed(0)} s of it`],
    ['NOOP', `p50 ${ms(through.p50)}, p99 ${ms(through.p99)}, longest ${ms(through.max)}`],
    ['past the proxy', `p50 ${ms(direct.p50)}, p99 ${ms(direct.p99)}, longest ${ms(direct.max)}`],
    ['wrong bytes', `${counts.wrongBytes}`],
    ['failed friends', `${counts.friendlyFailures}`],
    ['breaches', `${counts.breaches}, and ${result.canaryVisits} visits to the canary`],
    ['lost records', `${verification.lost}, and ${verification.breaks} breaks of the chain`],
    ['alarms', `${diagnostics.alarms} on standard error`],
    ['ports held', `${result.portsHeld ?? 'nobody could be asked'}`],
  ]
  const faults = faultsOf(result)
  return [
    ...rows.map(([name, value]) => `${name.padEnd(16)}${value}`),
    '',
    ...(faults.length === 0 ? ['no faults'] : faults.map((fault) => `FAULT  ${fault}`)),
    ...counts.complaints,
    ...diagnostics.firstAlarms,
    ...result.untold.slice(0, 20),
  ].join('\n')
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

function sum(map: ReadonlyMap<string, number>): number {
  return [...map.values()].reduce((all, each) => all + each, 0)
}

function sorted(map: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...map].toSorted((a, b) => b[1] - a[1]))
}

function list(map: ReadonlyMap<string, number>): string {
  return Object.entries(sorted(map))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
