import { describe, expect, test } from 'vitest'
import { describeRun, type DryRun } from '../../src/cli/dry-run.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import { sourcePortAtoms } from '../../src/engine/rules/permitted-ports.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Ruleset,
} from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port, portRange } from '../../src/net/port.ts'
import { tableText } from '../../src/shell/data-path/kernel/table-text.ts'
import { Nftables } from '../../src/shell/native/nftables.ts'
import { requireNamespaces, useLab } from '../shell/intercept/lab.ts'

const front = frontDoor({
  listen: endpoint(ip('0.0.0.0'), port(2121)),
  server: endpoint(ip('192.0.2.7'), port(21)),
})

function kernel(change: Partial<Listener>): Ruleset {
  const listeners = front.listeners.map((listener) => ({ ...listener, ...change }))
  return { ...front, dataPath: 'kernel', listeners }
}

const GATEWAY: Partial<Listener> = {
  name: 'gateway',
  intercept: 'tproxy',
  interceptInterfaces: ['eth0'],
  server: ORIGINAL_DESTINATION,
  keepClientAddress: true,
}

const RUNS: Readonly<Record<string, DryRun>> = {
  'front door, relay': runOf(front),
  'front door, kernel, reserved ports, another user': {
    ...runOf({ ...kernel({ serverPassivePorts: portRange(60_000, 60_009) }), reservePorts: true }),
    packetLog: '-',
    user: 'portcullis',
  },
  'front door, workers': runOf({ ...front, workers: 3 }),
  'gateway, tproxy': { ...runOf(kernel(GATEWAY)), isInstalling: true },
  'gateway, redirect, NAT': runOf(
    kernel({
      ...GATEWAY,
      intercept: 'redirect',
      keepClientAddress: false,
      nat: { publicAddress: ip('203.0.113.1') },
    }),
  ),
}

function runOf(ruleset: Ruleset): DryRun {
  const packetLog = '/var/log/portcullis/packets.jsonl'
  return { name: 'rules.yaml', ruleset, packetLog, isInstalling: false, user: undefined }
}

describe.each(Object.entries(RUNS))('%s', (_, run) => {
  test('it says what it would do', () => {
    // The table of the data path has golden tests of its own.
    const table = tableText(run.ruleset, sourcePortAtoms(run.ruleset))
    expect(describeRun(run).replace(table, '(the table of the data path)\n')).toMatchSnapshot()
  })

  test('the whole table of the data path is shown where there is one', () => {
    const isShown = describeRun(run).includes(tableText(run.ruleset, sourcePortAtoms(run.ruleset)))
    expect(isShown).toBe(run.ruleset.dataPath === 'kernel')
  })
})

const TABLES = /^(?:(?:add|delete) table .*\n)*table [^]*?^\}$/gm

describe('the kernel', () => {
  useLab()

  test.for(Object.entries(RUNS))('takes the tables that are shown: %s', ([, run], context) => {
    requireNamespaces(context)
    const { dataPath, listeners } = run.ruleset
    const intercepts = listeners.some(({ intercept }) => intercept !== 'none')
    const texts = [...describeRun(run).matchAll(TABLES)].map(([text]) => `${text}\n`)
    expect(texts.length).toBe((dataPath === 'kernel' ? 1 : 0) + (intercepts ? 1 : 0))
    const nft = Nftables.open()
    try {
      for (const text of texts) nft.check(text)
    } finally {
      nft.close()
    }
  })
})
