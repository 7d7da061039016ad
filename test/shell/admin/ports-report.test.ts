import { describe, expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import type { OpenRange, PortState, PortUse } from '../../../src/engine/nat/port-use.ts'
import type { Listener } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { parsePortsReport } from '../../../src/shell/admin/parse-ports-report.ts'
import {
  type PortsInput,
  mergePortsReports,
  portRanges,
  portsReport,
  type PortsReport,
  rangesToReserve,
} from '../../../src/shell/admin/ports-report.ts'
import { ports } from '../../support/rules.ts'

const PASSIVE = ports('50000-50099')
const SERVER = ports('60000-60009')

describe('the ranges of a rule file', () => {
  test('are the passive ports and those of each server, equal ones once', () => {
    const ruleset = {
      passivePorts: PASSIVE,
      listeners: [
        listener('clear'),
        listener('one', { serverPassivePorts: SERVER }),
        listener('other', { serverPassivePorts: ports('61000-61009') }),
        listener('again', { serverPassivePorts: SERVER }),
      ],
    }
    expect(portRanges(ruleset)).toEqual([
      { key: 'passive-ports', listeners: [], ports: PASSIVE },
      { key: 'server-passive-ports', listeners: ['one', 'again'], ports: SERVER },
      { key: 'server-passive-ports', listeners: ['other'], ports: ports('61000-61009') },
    ])
  })

  test('are reserved where they are ports of this host', () => {
    const gateway = listener('gateway', { intercept: 'tproxy', serverPassivePorts: SERVER })
    const door = listener('door', { serverPassivePorts: ports('61000-61009') })
    const ruleset = { passivePorts: PASSIVE, listeners: [gateway, door] }
    expect(rangesToReserve(ruleset)).toEqual([PASSIVE, ports('61000-61009')])
  })
})

describe('a report', () => {
  test('of nobody', () => {
    expect(report({})).toEqual({
      ranges: [
        {
          key: 'passive-ports',
          listeners: [],
          ports: PASSIVE,
          size: 100,
          isReserved: false,
          holders: [],
        },
      ],
    })
  })

  test('says who uses which ports, and each port counts once', () => {
    const [range] = report({
      uses: [
        use('192.0.2.7', 50_044, 'connected', 's2'),
        use('192.0.2.7', 50_017, 'leased', 's1'),
        use('192.0.2.7', 50_044, 'resting'),
      ],
    }).ranges
    expect(range?.holders).toEqual([
      {
        holder: '192.0.2.7',
        local: '203.0.113.5',
        used: 2,
        open: [],
        ports: [
          { port: 50_017, state: 'leased', session: 's1' },
          { port: 50_044, state: 'connected', session: 's2' },
          { port: 50_044, state: 'resting' },
        ],
      },
    ])
  })

  test('lists holders by address, and each of our addresses apart', () => {
    const [range] = report({
      uses: [
        use('2001:db8::1', 50_000, 'leased', 's1'),
        use('192.0.2.10', 50_000, 'leased', 's2'),
        use('192.0.2.9', 50_000, 'leased', 's3'),
        { ...use('192.0.2.9', 50_000, 'leased', 's4'), local: ip('203.0.113.4') },
      ],
    }).ranges
    expect(range?.holders.map(({ holder, local }) => `${holder} ${local}`)).toEqual([
      '192.0.2.9 203.0.113.4',
      '192.0.2.9 203.0.113.5',
      '192.0.2.10 203.0.113.5',
      '2001:db8::1 203.0.113.5',
    ])
  })

  test('puts each port into its range, and open ranges with it', () => {
    const open: OpenRange = {
      session: sessionId('s9'),
      holder: ip('192.0.2.8'),
      local: ip('203.0.113.5'),
      ports: SERVER,
    }
    const { ranges } = report({
      ruleset: {
        passivePorts: PASSIVE,
        listeners: [listener('a', { serverPassivePorts: SERVER })],
      },
      uses: [
        use('192.0.2.7', 50_000, 'connected', 's1'),
        use('192.0.2.8', 60_009, 'connected', 's9'),
        use('192.0.2.8', 40_000, 'connected', 's9'),
      ],
      openRanges: [open],
    })
    expect(ranges.map(({ holders }) => holders.map(({ holder }) => holder))).toEqual([
      ['192.0.2.7'],
      ['192.0.2.8'],
    ])
    expect(ranges[1]?.holders[0]).toMatchObject({ used: 1, open: ['s9'] })
  })

  test('says whether all of a range is reserved', () => {
    const isReserved = (...reserved: string[]): boolean | undefined =>
      report({ reserved: reserved.map(ports) }).ranges[0]?.isReserved
    expect(isReserved('50000-50099')).toBe(true)
    expect(isReserved('50000-50049', '50050-50100')).toBe(true)
    expect(isReserved('50000-50098')).toBe(false)
    expect(isReserved()).toBe(false)
  })

  test('is the same after its way through JSON', () => {
    const whole = report({
      ruleset: {
        passivePorts: PASSIVE,
        listeners: [listener('a b', { serverPassivePorts: SERVER })],
      },
      uses: [use('192.0.2.7', 50_044, 'connected', 's2'), use('192.0.2.7', 50_045, 'resting')],
    })
    expect(parsePortsReport(JSON.parse(JSON.stringify(whole)))).toEqual(whole)
  })
})

describe('the reports of several processes', () => {
  const ruleset = {
    passivePorts: PASSIVE,
    listeners: [listener('one', { serverPassivePorts: SERVER })],
  }
  const open = (session: string, holder: string): OpenRange => ({
    session: sessionId(session),
    holder: ip(holder),
    local: ip('203.0.113.5'),
    ports: SERVER,
  })
  const parts = [
    report({
      ruleset: { ...ruleset, passivePorts: ports('50000-50049') },
      uses: [use('192.0.2.9', 50_001, 'leased', 'a.1-1')],
      openRanges: [open('a.1-2', '192.0.2.9')],
    }),
    report({
      ruleset: { ...ruleset, passivePorts: ports('50050-50099') },
      uses: [use('192.0.2.7', 50_060, 'resting'), use('192.0.2.9', 50_050, 'resting')],
      openRanges: [open('a.2-1', '192.0.2.7')],
    }),
  ]

  test('are one, in the ranges of the rule file', () => {
    const [passive, ofServer] = mergePortsReports(report({ ruleset }), parts).ranges
    expect(passive).toMatchObject({ ports: PASSIVE, size: 50 })
    expect(passive?.holders).toMatchObject([
      { holder: '192.0.2.7', used: 1 },
      { holder: '192.0.2.9', used: 2, ports: [{ port: 50_001 }, { port: 50_050 }] },
    ])
    expect(ofServer).toMatchObject({ ports: SERVER, size: 10 })
    expect(ofServer?.holders.map((holder) => holder.open)).toEqual([['a.2-1'], ['a.1-2']])
  })

  test('of none is that of nobody', () => {
    expect(mergePortsReports(report({ ruleset }), [])).toEqual(report({ ruleset }))
  })
})

function report(input: Partial<PortsInput>): PortsReport {
  const nothing = { uses: [], openRanges: [], reserved: [] }
  return portsReport({ ruleset: { passivePorts: PASSIVE, listeners: [] }, ...nothing, ...input })
}

function use(holder: string, number: number, state: PortState, session?: string): PortUse {
  return {
    state,
    holder: ip(holder),
    local: ip('203.0.113.5'),
    port: port(number),
    session: session === undefined ? undefined : sessionId(session),
  }
}

function listener(name: string, wish: Partial<Listener> = {}): Listener {
  return {
    name,
    listen: { address: ip('203.0.113.5'), port: port(21) },
    intercept: 'none',
    interceptPort: port(21),
    interceptInterfaces: undefined,
    server: { address: ip('10.0.0.5'), port: port(21) },
    keepClientAddress: false,
    nat: undefined,
    tls: 'explicit',
    serverPassivePorts: undefined,
    publicAddress: undefined,
    ...wish,
  }
}
