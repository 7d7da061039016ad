import { expect, test } from 'vitest'
import { Counts } from './counts.ts'
import type { Sample } from './gauges.ts'
import { faultsOf, toJson, toTable } from './report.ts'
import type { SoakResult } from './soak.ts'

const TIMES = { count: 10, p50: 1, p99: 2, max: 3 }
const TALLY: SoakResult['tally'] = {
  verification: {
    files: [],
    records: 10,
    breaks: 0,
    firstBreaks: [],
    start: undefined,
    head: undefined,
    runs: 1,
    crashes: [],
    crashCount: 0,
    isStopped: true,
    foreign: 0,
    firstForeign: [],
    lost: 0,
    gaps: [],
    hasExpected: undefined,
  },
  damaged: [],
  bytes: 1_000,
  byType: new Map([['session.open', 2]]),
  refusals: new Map([['cmd.nul', 3]]),
  opened: new Map(),
  closed: new Map(),
  unpaired: [],
  endings: new Map([['quit', 2]]),
}

function result(changes: Partial<SoakResult> = {}, spoil?: (counts: Counts) => void): SoakResult {
  const counts = new Counts(() => undefined)
  counts.transfer(1_000, true, 'a file')
  spoil?.(counts)
  return {
    options: { minutes: 60, seed: 1, load: 1 },
    counts,
    canaryVisits: 0,
    samples: growing(0),
    cpuSeconds: 5,
    baselineDescriptors: 20,
    finalDescriptors: 20,
    portsHeld: 0,
    tally: TALLY,
    untold: [],
    diagnostics: { alarms: 0, firstAlarms: [], reloads: 2 },
    exitCode: 0,
    rotations: 4,
    reloads: 2,
    through: TIMES,
    direct: TIMES,
    ...changes,
  }
}

function growing(kibAMinute: number): readonly Sample[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    seconds: minute * 60,
    rssKib: 100_000 + kibAMinute * minute,
    descriptors: 20,
  }))
}

function tally(changes: Partial<typeof TALLY.verification>): SoakResult['tally'] {
  return { ...TALLY, verification: { ...TALLY.verification, ...changes } }
}

test('where all is as it should be there is no fault', () => {
  expect(faultsOf(result())).toEqual([])
  expect(toTable(result())).toContain('no faults')
})

test.each<readonly [string, SoakResult]>([
  ['1 transfers with wrong bytes', result({}, (counts) => counts.transfer(1, false, 'a file'))],
  ['1 friendly sessions that failed', result({}, (counts) => counts.friendlyFailure('no login'))],
  ['1 times a hostile peer got through', result({}, (counts) => counts.breach('PORT: 200'))],
  ['2 connections to where nobody may be sent', result({ canaryVisits: 2 })],
  ['1 breaks of the hash chain', result({ tally: tally({ breaks: 1 }) })],
  ['17 lost records', result({ tally: tally({ lost: 17 }) })],
  ['the packet log has no end', result({ tally: tally({ isStopped: false }) })],
  [
    '1 sessions that begin without an end, or end without a beginning',
    result({ tally: { ...TALLY, unpaired: ['s-1'] } }),
  ],
  [
    '3 sessions left over at the end',
    result({ tally: { ...TALLY, endings: new Map([['draining', 3]]) } }),
  ],
  [
    '1 faults of the proxy itself (reason internal)',
    result({ tally: { ...TALLY, refusals: new Map([['internal', 1]]) } }),
  ],
  ['1 clients whose sessions are not all in the log', result({ untold: ['127.64.0.1'] })],
  [
    '1 warnings and errors on standard error',
    result({ diagnostics: { alarms: 1, firstAlarms: ['{}'], reloads: 2 } }),
  ],
  ['1 reloads that did not happen', result({ reloads: 3 })],
  ['4 ports held after everybody has gone', result({ portsHeld: 4 })],
  ['1 ports held after everybody has gone', result({ portsHeld: undefined })],
  ['descriptors: 20 before, 21 after', result({ finalDescriptors: 21 })],
  ['the process ended with 1', result({ exitCode: 1 })],
  ['memory grows by 600 KiB a minute', result({ samples: growing(600) })],
])('%s', (fault, spoilt) => {
  expect(faultsOf(spoilt)).toEqual([fault])
  expect(toTable(spoilt)).toContain(`FAULT  ${fault}`)
  expect(toJson(spoilt)).toMatchObject({ faults: [fault] })
})

test('a run that transferred nothing proves nothing', () => {
  const idle = { ...result(), counts: new Counts(() => undefined) }
  expect(faultsOf(idle)).toEqual(['nothing was transferred'])
})

test('a short run says nothing of memory', () => {
  const options = { minutes: 2, seed: 1, load: 1 }
  expect(faultsOf(result({ options, samples: growing(600) }))).toEqual([])
})
