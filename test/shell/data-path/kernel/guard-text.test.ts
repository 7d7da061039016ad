import { describe, expect, test } from 'vitest'
import type { Rule } from '../../../../src/engine/rules/ruleset.ts'
import { guardLines } from '../../../../src/shell/data-path/kernel/guard-text.ts'
import { block, deny, permit, ports } from '../../../support/rules.ts'
import { ruleset } from './fixtures.ts'

function guard(...rules: readonly Rule[]): readonly string[] {
  return guardLines({ ...ruleset(), rules })
}

const client = [block('10.1.1.0/24')]
const server = [block('10.200.200.1')]

describe('the guard', () => {
  test('control connections without a port are those to the ports of the listeners', () => {
    expect(guard(permit('control', { name: 'a', to: server }))).toEqual([
      'ct state new ip daddr 10.200.200.1 tcp dport 21 goto denied comment "permit control (a)"',
    ])
  })

  test('data connections without a port are those to unprivileged ports', () => {
    expect(guard(permit('passive-data', { name: 'b', from: client, to: server }))).toEqual([
      'ct state new ip saddr 10.1.1.0/24 ip daddr 10.200.200.1 tcp dport 1024-65535 goto denied comment "permit passive-data (b)"',
    ])
  })

  test('the server of active data is the one who connects', () => {
    const rule = { name: 'c', from: server, fromPort: ports('20'), port: ports('5000-6000') }
    expect(guard(deny('active-data', rule))).toEqual([
      'ct state new ip saddr 10.200.200.1 tcp sport 20 tcp dport 5000-6000 goto denied comment "deny active-data (c)"',
    ])
    expect(guard(permit('active-data', { name: 'd', to: client }))).toEqual([
      '# permit active-data (d): describes more than FTP, guards nothing',
    ])
  })

  test('clients of any server: what is their FTP, and not the rest of what they do', () => {
    const far = { name: 'x', from: client }
    expect(guard(permit('control', { ...far, port: ports('21') }))).toEqual([
      'ct state new ip saddr 10.1.1.0/24 tcp dport 21 goto denied comment "permit control (x)"',
    ])
    expect(guard(permit('active-data', { name: 'y', to: client, fromPort: ports('20') }))).toEqual([
      'ct state new ip daddr 10.1.1.0/24 tcp sport 20 tcp dport 1024-65535 goto denied comment "permit active-data (y)"',
    ])
    expect(guard(permit('passive-data', { ...far, port: ports('60000-60100') }))).toHaveLength(1)
    const nothing = ['# permit passive-data (x): describes more than FTP, guards nothing']
    expect(guard(permit('passive-data', { ...far, port: ports('1024-65535') }))).toEqual(nothing)
    expect(guard(permit('passive-data', far))).toEqual(nothing)
  })

  test('everything is no name', () => {
    const everywhere = [block('10.0.0.0/8'), block('0.0.0.0/0')]
    expect(guard(permit('control', { name: 'e', to: everywhere }))).toEqual([
      '# permit control (e): describes more than FTP, guards nothing',
    ])
  })

  test('both families are guarded where both are named', () => {
    const both = [block('10.200.200.1'), block('2001:db8::1')]
    const mixed = permit('control', { name: 'f', from: client, to: both, port: ports('21') })
    expect(guard(mixed)).toHaveLength(1)
    const lines = guard({ ...mixed, from: undefined })
    expect(lines.map((line) => line.split(' tcp')[0])).toEqual([
      'ct state new ip daddr 10.200.200.1',
      'ct state new ip6 daddr 2001:db8::1',
    ])
  })

  test('what is guarded already is not guarded again', () => {
    const rule = permit('control', { name: 'g', to: server })
    expect(guard(rule, { ...rule, action: 'deny', name: 'h' })[1]).toBe(
      '# deny control (h): as above',
    )
  })

  test('a name cannot leave its comment', () => {
    const name = `x"\n} drop ${'y'.repeat(200)}`
    const [line = ''] = guard(permit('control', { name, to: server }))
    expect(line).toMatch(/comment "permit control \(x\?\?\? drop y+"$/)
    expect(line.split('comment ')[1]?.length).toBeLessThan(128)
  })
})
