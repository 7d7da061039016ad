import { expect, test } from 'vitest'
import {
  addressIn,
  bytesOf,
  isRefusal,
  pathOf,
  verdictOf,
} from '../../../src/record/audit/entry-facts.ts'
import { clearSession, entryOf, party } from './sample.ts'

const of = party('s1')

test('what a record is about', () => {
  const facts = clearSession('s1', 'anna')
    .map((record) => entryOf(record))
    .map((entry) => [entry.type, pathOf(entry), bytesOf(entry), verdictOf(entry), isRefusal(entry)])
    .filter(([, ...rest]) => rest.some((fact) => fact !== undefined && fact !== false))
  expect(facts).toEqual([
    ['control.command', '/pub/räksmörgås.zip', undefined, undefined, false],
    ['data.open', '/pub/räksmörgås.zip', undefined, undefined, false],
    ['data.close', '/pub/räksmörgås.zip', 1_000_000, undefined, false],
    ['verdict', undefined, undefined, 'reject', true],
    ['session.close', undefined, 1_000_000, undefined, false],
  ])
})

test('who is turned away is refused, a note is no refusal', () => {
  const refused = { reason: 'rule.none', client: 'c', server: 's', listener: 'l' }
  expect(isRefusal(entryOf({ type: 'session.refused', ...refused }))).toBe(true)
  expect(
    verdictOf(entryOf({ type: 'data.refused', peer: 'p', local: 'l', reason: 'data.early' })),
  ).toBe('drop-data')
  const note = {
    type: 'verdict',
    ...of,
    verdict: 'note',
    reason: 'telnet.stripped',
    side: 'client',
  }
  expect(isRefusal(entryOf(note))).toBe(false)
})

test.each([
  ['192.0.2.10:21', '192.0.2.10'],
  ['[2001:db8::1]:21', '2001:db8::1'],
  ['nothing', 'nothing'],
  ['', ''],
])('the address in %s is %s', (text, address) => {
  expect(addressIn(text)).toBe(address)
})
