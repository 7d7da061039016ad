import { describe, expect, test } from 'vitest'
import { countArgument, type FilterArguments, filterOf } from '../../src/cli/audit-arguments.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { readHeader } from '../../src/record/audit/line-header.ts'
import { clearSession, entryOf, seal } from '../record/audit/sample.ts'

const now = Date.UTC(2026, 10, 21, 12)
const context = { user: 'anna', isOpaque: false, rule: undefined, isLogin: false }

function selected(given: FilterArguments): string[] {
  const filter = filterOf(given, now)
  return clearSession('s1', 'anna')
    .map((record) => entryOf(record))
    .filter((entry) => filter.matches(entry, context))
    .map(({ type }) => type)
}

describe('filterOf', () => {
  test('nothing given is no condition', () => {
    expect(filterOf({}, now).isEmpty).toBe(true)
  })

  test('times may be relative to now', () => {
    const [line = ''] = seal(clearSession('s1', 'anna'))
    const header = readHeader(line)
    if (header === undefined) throw new Error('it has a header')
    expect(filterOf({ since: '6h' }, now).mayMatch(header, line)).toBe(true)
    expect(filterOf({ since: '4h' }, now).mayMatch(header, line)).toBe(false)
    expect(filterOf({ until: '2026-11-21T07:00' }, now).mayMatch(header, line)).toBe(false)
  })

  test('verbs in any case, separated by commas or given again', () => {
    expect(selected({ verb: ['retr,Port', 'quit'] })).toHaveLength(10)
  })

  test('every kind of condition', () => {
    expect(
      selected({ client: ['192.0.2.0/24'], server: ['10.0.0.5'], verb: ['QUIT'] }),
    ).toHaveLength(2)
    expect(selected({ user: ['anna'], session: ['s1'], verdict: ['refused'] })).toEqual(['verdict'])
    expect(selected({ reason: ['port.*,rule.none'], clear: true })).toEqual(['verdict'])
    expect(selected({ opaque: true })).toEqual([])
    expect(selected({ path: ['*.zip'], 'min-bytes': '1M' })).toEqual(['data.close'])
    expect(selected({ rule: ['x'] })).toEqual([])
  })

  test.each<[FilterArguments, string]>([
    [{ since: 'noon' }, '--since "noon": expected 2026-11-21, 2026-11-21T07:00 or 2h'],
    [{ client: ['10.0.0.1/8'] }, '--client "10.0.0.1/8": the address has bits beyond its prefix'],
    [
      { server: ['ftp.example.org'] },
      '--server "ftp.example.org": expected 192.0.2.10 or 192.0.2.0/24',
    ],
    [{ verdict: ['rejct'] }, '--verdict "rejct": did you mean reject? expected one of permit,'],
    [{ verdict: ['x'] }, '--verdict "x": expected one of permit, deny,'],
    [{ reason: ['port.foreign-adress'] }, 'did you mean port.foreign-address?'],
    [{ reason: ['zzzzz'] }, '--reason "zzzzz": there is no such reason; docs/packet-log.md'],
    [{ 'min-bytes': 'lots' }, '--min-bytes "lots": expected 500, 10k, 1.5M or 2Gi'],
    [{ path: ['x'.repeat(1001)] }, '--path: a pattern has at most 1000 characters'],
  ])('%j makes no sense', (given, problem) => {
    expect(() => filterOf(given, now)).toThrow(UsageError)
    expect(() => filterOf(given, now)).toThrow(problem)
  })
})

test('countArgument', () => {
  expect(countArgument('top', '12')).toBe(12)
  expect(() => countArgument('top', '-1')).toThrow('--top "-1": expected a number')
})
