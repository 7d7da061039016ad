import { describe, expect, test } from 'vitest'
import { portsTable } from '../../src/cli/ports-table.ts'
import { Terminal } from '../../src/demo/terminal.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import type { HeldPort, HolderReport, RangeReport } from '../../src/shell/admin/ports-report.ts'
import { ports } from '../support/rules.ts'

const PASSIVE: RangeReport = {
  key: 'passive-ports',
  listeners: [],
  ports: ports('50000-50099'),
  size: 100,
  isReserved: false,
  holders: [],
}
const SERVER: RangeReport = {
  ...PASSIVE,
  key: 'server-passive-ports',
  listeners: ['public'],
  ports: ports('60000-60009'),
  size: 10,
  isReserved: true,
}

describe('without a terminal', () => {
  test('nobody uses any', () => {
    expect(shown([PASSIVE, SERVER])).toBe(
      [
        'passive-ports 50000-50099  100 ports for each client',
        '  nobody uses any',
        '',
        'server-passive-ports 60000-60009  10 ports of the server · listener public · reserved',
        '  nobody uses any',
        '',
      ].join('\n'),
    )
  })

  test('who uses what', () => {
    const first = holder('192.0.2.7', [
      { port: port(50_017), state: 'connected', session: 's12' },
      { port: port(50_044), state: 'leased', session: 's14' },
      { port: port(50_050), state: 'resting' },
      { port: port(50_051), state: 'resting' },
    ])
    const second = holder('2001:db8::12', [{ port: port(50_017), state: 'leased' }])
    const opaque = { ...holder('192.0.2.9', []), open: ['s3'] }
    expect(
      shown([
        { ...PASSIVE, holders: [first, second] },
        { ...SERVER, holders: [opaque] },
      ]),
    ).toBe(
      [
        'passive-ports 50000-50099  100 ports for each client',
        '  HELD BY       AT           USED        PORTS',
        '  192.0.2.7     203.0.113.5    4 of 100  50017 s12, 50044 s14 (waiting), 2 resting',
        '  2001:db8::12  203.0.113.5    1 of 100  50017 (waiting)',
        '',
        'server-passive-ports 60000-60009  10 ports of the server · listener public · reserved',
        '  HELD BY    AT           USED      PORTS',
        '  192.0.2.9  203.0.113.5   0 of 10  all open to s3',
        '',
      ].join('\n'),
    )
  })

  test('a long list of ports is broken between them', () => {
    const many = Array.from({ length: 40 }, (_, index): HeldPort => {
      return { port: port(50_000 + index), state: 'connected', session: 's1' }
    })
    const lines = shown([{ ...PASSIVE, holders: [holder('192.0.2.7', many)] }], 80).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines[3]).toMatch(/^ {38}500\d\d s1, /)
    expect(lines.join(' ').match(/500\d\d s1/g)).toHaveLength(40)
    for (const line of lines.slice(2, -2)) expect(line).toMatch(/ s1,$/)
  })
})

describe('on a terminal with colours', () => {
  test.each([
    [0, '□□□□□□□□□□'],
    [1, '■□□□□□□□□□'],
    [50, '■■■■■□□□□□'],
    [99, '■■■■■■■■■□'],
    [100, '■■■■■■■■■■'],
  ])('%d of 100 are drawn as %s', (used, bar) => {
    const text = shown([{ ...PASSIVE, holders: [{ ...holder('192.0.2.7', []), used }] }], 100, true)
    expect(text).toContain(`${bar} ${String(used).padStart(3)} of 100`)
  })

  test('whoever has nearly used a range up is seen', () => {
    const rows = [89, 90].map((used) => ({ ...holder(`192.0.2.${used}`, []), used }))
    const text = shown([{ ...PASSIVE, holders: rows }], 100, true)
    const lines = text.split('\n').filter((line) => line.includes('\u001b[1;31m'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('192.0.2.90')
    expect(text).toContain('\u001b[1mpassive-ports 50000-50099\u001b[0m')
  })
})

function holder(address: string, held: readonly HeldPort[]): HolderReport {
  return {
    holder: ip(address),
    local: ip('203.0.113.5'),
    used: held.length,
    open: [],
    ports: held,
  }
}

function shown(ranges: readonly RangeReport[], columns = 100, hasColors = false): string {
  let text = ''
  const output = {
    isTTY: hasColors,
    columns,
    hasColors: () => hasColors,
    write: (more: string) => {
      text += more
    },
  }
  portsTable({ ranges }, new Terminal(output))
  return text
}
