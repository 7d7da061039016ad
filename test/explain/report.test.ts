import { expect, test } from 'vitest'
import { advise } from '../../src/explain/advice.ts'
import { REPORT_FORMAT, report, settingsOf } from '../../src/explain/report.ts'
import { explained, OFFICE, rulesetOf } from './examples.ts'

const ruleset = rulesetOf(OFFICE)
const explanation = explained(OFFICE)
const [listener] = report(ruleset, [{ explanation, ...advise(ruleset, explanation) }]).listeners

test('survives being written and read', () => {
  const whole = report(ruleset, [{ explanation, ...advise(ruleset, explanation) }])
  expect(whole.format).toBe(REPORT_FORMAT)
  expect(JSON.parse(JSON.stringify(whole))).toEqual(whole)
})

test('a listener, its client and its cells', () => {
  expect(listener).toMatchObject({
    name: 'office',
    listen: '192.0.2.1:21',
    server: '10.0.0.5:21',
    clients: [{ family: 4, address: '198.51.100.7', rule: 'office', profile: 'default' }],
  })
  expect(listener?.cells.find(({ command }) => command === 'EPSV')).toMatchObject({
    protection: 'clear',
    outcome: 'depends',
    rule: 'passive',
    conditions: [{ on: 'server-ports', values: ['60000-60099'] }],
  })
})

test('what was tried, with the reason of what did not work', () => {
  const tried = listener?.cells.find(({ command }) => command === 'PORT')?.tried
  expect(tried?.map(({ sourcePort, works, reason }) => [sourcePort, works, reason])).toEqual([
    [20, true, undefined],
    [1045, false, 'data.source-port'],
  ])
})

test('each setting once, with its cells', () => {
  const settings = settingsOf(explanation.cells)
  expect(settings.map(({ what }) => what)).toEqual([...new Set(settings.map(({ what }) => what))])
  expect(settings.find(({ what }) => what.includes('port 20'))?.cells).toHaveLength(4)
})
