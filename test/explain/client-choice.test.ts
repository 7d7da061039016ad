import { expect, test } from 'vitest'
import { chooseClient, chooseServer, clientsOf, judge } from '../../src/explain/client-choice.ts'
import { ip } from '../../src/net/ip.ts'
import { at } from '../support/conversation.ts'
import { evaluatorOf, OFFICE, shipped } from './examples.ts'

const SERVER = at('10.0.0.5:21')

test('the first host of the first block that gets in', () => {
  const { address, rule, isPermitted } = chooseClient(evaluatorOf(OFFICE), SERVER, 4, new Set())
  expect([address, rule?.name, isPermitted]).toEqual(['198.51.100.1', 'office', true])
  const taken = new Set([ip('198.51.100.1')])
  expect(chooseClient(evaluatorOf(OFFICE), SERVER, 4, taken).address).toBe('198.51.100.2')
})

test('a host that an earlier rule denies is passed over', () => {
  const text = OFFICE.replace('rules:\n', 'rules:\n  - { deny: control, from: 198.51.100.0/30 }\n')
  expect(chooseClient(evaluatorOf(text), SERVER, 4, new Set()).address).toBe('198.51.100.4')
})

test('where nobody gets in, somebody who does not', () => {
  expect(chooseClient(evaluatorOf(OFFICE), SERVER, 6, new Set())).toMatchObject({
    address: '2001:db8::77',
    isPermitted: false,
  })
})

test('one client for each rule', () => {
  const server = at('10.200.200.1:21')
  const found = clientsOf(evaluatorOf(shipped('front-door')), server, 4, new Set())
  expect(found.map(({ address, rule }) => [address, rule?.name])).toEqual([
    ['198.51.100.1', 'partners'],
    ['192.0.2.77', 'everybody'],
  ])
})

test('on one machine everybody is loopback', () => {
  const server = at('127.0.0.1:2120')
  const { address } = chooseClient(evaluatorOf(shipped('quickstart')), server, 4, new Set())
  expect(address).toBe('127.0.0.1')
})

test('what the rules say of one client', () => {
  expect(judge(evaluatorOf(OFFICE), SERVER, ip('203.0.113.1'))).toMatchObject({
    isPermitted: false,
  })
})

test('a server that a rule names', () => {
  expect(chooseServer(evaluatorOf(OFFICE), 4)).toBe('10.0.0.5')
  expect(chooseServer(evaluatorOf(OFFICE), 6)).toBeUndefined()
  expect(chooseServer(evaluatorOf(OFFICE.replaceAll('10.0.0.5,', '10.0.0.0/24,')), 4)).toBe(
    '10.0.0.1',
  )
})
