import { expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../../src/engine/id.ts'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import { type OpenPinhole, PinholeTable } from '../../../src/engine/nat/pinhole-table.ts'
import type { Cidr } from '../../../src/net/cidr.ts'
import { ip } from '../../../src/net/ip.ts'
import { at } from '../../support/conversation.ts'
import { block } from '../../support/rules.ts'

const here = at('203.0.113.1:50000')
const C = ip('198.51.100.10')
const D = ip('198.51.100.11')
const L = ip('192.0.2.50')

function open(session: string, peer: typeof C, thirdParty: readonly Cidr[] = []): OpenPinhole {
  const pinhole: Pinhole = {
    id: pinholeId(sessionId(session), 1),
    session: sessionId(session),
    mode: 'passive',
    peer,
    fromPorts: undefined,
    listen: here,
    dial: at('10.0.0.20:40000'),
    from: { address: ip('10.0.0.1'), port: undefined },
  }
  return { pinhole, listening: here, thirdParty }
}

test('a connection belongs to the pinhole that expects its address at that very endpoint', () => {
  const table = new PinholeTable()
  const [ofC, ofD] = [open('c', C), open('d', D)]
  table.add(ofC)
  table.add(ofD)
  expect(table.match(here, C)).toBe(ofC)
  expect(table.match(here, D)).toBe(ofD)
  expect(table.match(here, L)).toBeUndefined()
  expect(table.match(at('203.0.113.1:50001'), C)).toBeUndefined()
  expect(table.match(at('203.0.113.2:50000'), C)).toBeUndefined()
  expect(table.waitingAt(here)).toEqual([ofC, ofD])
  expect(table.size).toBe(2)
})

test('D12 both addresses and the port are fixed: no pinhole is for everybody', () => {
  const table = new PinholeTable()
  table.add(open('c', C))
  for (const stranger of ['198.51.100.9', '198.51.100.100', '0.0.0.0', '::ffff:198.51.100.11'])
    expect(table.match(here, ip(stranger))).toBeUndefined()
})

test('a listed server gets to the one who waits, after the announced peer', () => {
  const table = new PinholeTable()
  const [ofC, ofL] = [open('c', C, [block('192.0.2.0/24')]), open('l', L)]
  table.add(ofC)
  expect(table.match(here, L)).toBe(ofC)
  table.add(ofL)
  expect(table.match(here, L)).toBe(ofL)
})

test('D17 a listed server that two clients wait for gets to neither', () => {
  const table = new PinholeTable()
  const [ofC, ofD] = [open('c', C, [block(L)]), open('d', D, [block(L)])]
  table.add(ofC)
  table.add(ofD)
  expect(table.match(here, L)).toBeUndefined()
  table.remove(ofC)
  expect(table.match(here, L)).toBe(ofD)
})

test('a pinhole is taken out once; the others stay', () => {
  const table = new PinholeTable()
  const [ofC, ofD] = [open('c', C), open('d', D)]
  table.add(ofC)
  table.add(ofD)
  table.remove(ofC)
  table.remove(ofC)
  expect(table.size).toBe(1)
  expect(table.match(here, C)).toBeUndefined()
  expect(table.match(here, D)).toBe(ofD)
  table.remove(ofD)
  table.remove(open('e', C))
  expect(table.size).toBe(0)
  expect(table.waitingAt(here)).toEqual([])
})
