import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import { rangePinhole, RangeTable, type ScopedRange } from '../../../src/engine/nat/scoped-range.ts'
import { ip } from '../../../src/net/ip.ts'
import { at } from '../../support/conversation.ts'
import { ports } from '../../support/rules.ts'

const C = ip('198.51.100.10')
const X = ip('198.51.100.99')
const HERE = '203.0.113.1'

function rangeOf(session: string, peer = C, range = '40000-40099'): ScopedRange {
  return {
    id: pinholeId(sessionId(session), 0),
    session: sessionId(session),
    peer,
    listen: { address: ip(HERE), ports: ports(range) },
    dial: ip('10.0.0.20'),
    from: ip('10.0.0.1'),
    permitted: [ports(range)],
    active: undefined,
  }
}

test('a range is for one address, at ours, on its ports, both ends included', () => {
  const table = new RangeTable()
  const range = rangeOf('a')
  table.add(range)
  for (const port of [40_000, 40_050, 40_099])
    expect(table.match(at(`${HERE}:${port}`), C)).toBe(range)
  for (const elsewhere of [`${HERE}:39999`, `${HERE}:40100`, '203.0.113.2:40000'])
    expect(table.match(at(elsewhere), C)).toBeUndefined()
  expect(table.match(at(`${HERE}:40000`), X)).toBeUndefined()
})

test('a range is open at its address and ports, whoever asks', () => {
  const table = new RangeTable()
  expect(table.isOpenAt(at(`${HERE}:40000`))).toBe(false)
  table.add(rangeOf('x', X, '41000'))
  table.add(rangeOf('a'))
  for (const port of [40_000, 40_099, 41_000])
    expect(table.isOpenAt(at(`${HERE}:${port}`))).toBe(true)
  for (const elsewhere of [`${HERE}:39999`, `${HERE}:40100`, '203.0.113.2:40000'])
    expect(table.isOpenAt(at(elsewhere))).toBe(false)
})

test('of two sessions of one client the later has it, and the earlier again when that ends', () => {
  const table = new RangeTable()
  const [first, second] = [rangeOf('a'), rangeOf('b')]
  table.add(first)
  table.add(second)
  const local = at(`${HERE}:40000`)
  expect(table.match(local, C)).toBe(second)
  table.remove(second)
  expect(table.match(local, C)).toBe(first)
  table.remove(first)
  expect(table.match(local, C)).toBeUndefined()
})

test('sessions of one client before different servers do not hide each other', () => {
  const table = new RangeTable()
  const [first, second] = [rangeOf('a'), rangeOf('b', C, '41000-41099')]
  table.add(first)
  table.add(second)
  expect(table.match(at(`${HERE}:40000`), C)).toBe(first)
  expect(table.match(at(`${HERE}:41000`), C)).toBe(second)
})

test('the size counts what is open; what is not there is removed in vain', () => {
  const table = new RangeTable()
  const [ofC, ofX] = [rangeOf('a'), rangeOf('x', X)]
  table.add(ofC)
  table.add(ofX)
  table.remove(rangeOf('a'))
  expect(table.size).toBe(2)
  table.remove(ofC)
  table.remove(ofC)
  expect(table.size).toBe(1)
  table.remove(ofX)
  expect(table.size).toBe(0)
})

test('a port of ours leads to the port of the same number at the server', () => {
  const local = at(`${HERE}:40007`)
  expect(rangePinhole(rangeOf('a'), local, C)).toEqual({
    id: pinholeId(sessionId('a'), 0),
    session: sessionId('a'),
    mode: 'passive',
    peer: C,
    fromPorts: undefined,
    listen: { address: ip(HERE), port: local.port },
    dial: at('10.0.0.20:40007'),
    from: { address: ip('10.0.0.1'), port: undefined },
  })
})

test('the server comes to the client itself, if it may', () => {
  const range = rangeOf('a')
  const active = { ports: [ports('1024-65535')], from: at(`${HERE}:20`) }
  const local = at('198.51.100.10:51221')
  expect(rangePinhole({ ...range, active }, local, range.dial)).toMatchObject({
    mode: 'active',
    listen: local,
    dial: local,
    from: at(`${HERE}:20`),
  })
  expect(rangePinhole(range, local, range.dial).mode).toBe('passive')
  expect(rangePinhole({ ...range, active }, at(`${HERE}:40000`), C).mode).toBe('passive')
  expect(rangePinhole({ ...range, active }, at(`${HERE}:40000`), range.dial).mode).toBe('passive')
  expect(rangePinhole({ ...range, active }, local, C).mode).toBe('passive')
})

test('without ports of the server nobody comes to us', () => {
  const table = new RangeTable()
  const range = { ...rangeOf('a'), listen: { address: ip(HERE), ports: undefined } }
  table.add(range)
  expect(table.match(at(`${HERE}:40000`), C)).toBeUndefined()
  expect(table.isOpenAt(at(`${HERE}:40000`))).toBe(false)
  expect(table.size).toBe(1)
  table.remove(range)
  expect(table.size).toBe(0)
})
