import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../../src/engine/id.ts'
import { instant } from '../../../../src/net/instant.ts'
import { ip } from '../../../../src/net/ip.ts'
import { RelayedOpenings } from '../../../../src/shell/data-path/kernel/relayed-openings.ts'
import { ports } from '../../../support/rules.ts'
import { at } from './fixtures.ts'

const id = pinholeId(sessionId('s'), 1)

test('is known while it is open and for a moment after', () => {
  const relayed = new RelayedOpenings()
  expect(relayed.has(id)).toBe(false)
  relayed.add(id, ip('10.0.0.1'), ports('50000-50009'))
  expect(relayed.has(id)).toBe(true)
  expect(relayed.isAt(at('10.0.0.1:50009'))).toBe(true)
  expect(relayed.isAt(at('10.0.0.1:50010'))).toBe(false)
  expect(relayed.isAt(at('10.0.0.2:50009'))).toBe(false)
  relayed.close(id, instant(5000))
  expect(relayed.has(id)).toBe(false)
  relayed.forget(instant(6000))
  expect(relayed.isAt(at('10.0.0.1:50009'))).toBe(true)
  relayed.forget(instant(6001))
  expect(relayed.isAt(at('10.0.0.1:50009'))).toBe(false)
})

test('a port that the operating system picks is none of the passive ports', () => {
  const relayed = new RelayedOpenings()
  relayed.add(id, ip('10.0.0.1'), undefined)
  expect(relayed.has(id)).toBe(true)
  expect(relayed.isAt(at('10.0.0.1:50009'))).toBe(false)
})
