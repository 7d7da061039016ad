/** The ruleset as text, as it is printed, and as libnftables and the kernel take it. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sourcePortAtoms } from '../../../../src/engine/rules/permitted-ports.ts'
import {
  rebuildText,
  tableText,
  takeOverText,
} from '../../../../src/shell/data-path/kernel/table-text.ts'
import { Nftables } from '../../../../src/shell/native/nftables.ts'
import { ports } from '../../../support/rules.ts'
import { ruleset } from './fixtures.ts'
import { Network, namespacesMissing } from './namespaces.ts'

test('the complete table', async () => {
  const rules = ruleset()
  await expect(tableText(rules, sourcePortAtoms(rules))).toMatchFileSnapshot(
    '../../../fixtures/kernel/portcullis.nft',
  )
})

test('the same rules make the same text', () => {
  expect(tableText(ruleset(), [])).toBe(tableText(ruleset(), []))
})

test('the table of a killed process is replaced in the same transaction', () => {
  const lines = takeOverText(ruleset(), []).split('\n')
  expect(lines.slice(0, 3)).toEqual([
    'add table inet portcullis',
    'delete table inet portcullis',
    'table inet portcullis {',
  ])
})

test('other rules change the chains that hang on them and delete no set', () => {
  const text = rebuildText(ruleset(), [])
  expect(text.match(/^(?:flush|delete) .*/gm)).toEqual([
    'flush chain inet portcullis used_up4',
    'flush chain inet portcullis used_up6',
    'flush chain inet portcullis forward',
    'flush chain inet portcullis input',
  ])
  expect(text.match(/^\tchain (\S+)/gm)).toEqual([
    '\tchain used_up4',
    '\tchain used_up6',
    '\tchain forward',
    '\tchain input',
  ])
})

test('refused by this host itself is what it would have led on, not what servers answer at', () => {
  const gateway = `
version: 1
data-path: kernel
listeners:
  - name: a
    listen: 0.0.0.0:2121
    intercept: redirect
    server: original-destination
    server-passive-ports: 1024-65535
  - { name: b, listen: 10.91.1.254:21, server: 10.91.2.1:21, server-passive-ports: 50000-50099 }
passive-ports: 40000-40099
rules:
  - { permit: control, from: any, to: 10.91.2.1 }
`
  const [, input = ''] = tableText(ruleset(gateway), []).split('chain input {')
  expect(input.split('chain')[0]).toContain('tcp dport { 40000-40099, 50000-50099 }')
})

const reason = namespacesMissing()

describe.skipIf(reason !== undefined)(`libnftables${reason ? ` (${reason})` : ''}`, () => {
  let network: Network
  let nftables: Nftables

  beforeAll(async () => {
    network = new Network()
    nftables = await network.within('firewall', () => Nftables.open())
  })
  afterAll(() => {
    nftables.close()
    network.remove()
  })

  const files = readdirSync('rules')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(`rules/${name}`, 'utf8')] as const)

  test.each(files)('takes the table of rules/%s, in a dry run', (_, text) => {
    const rules = ruleset(text)
    nftables.check(takeOverText(rules, sourcePortAtoms(rules)))
    expect(nftables.run('list tables')).toBe('')
  })

  test('and the kernel takes that of many source ports', () => {
    const atoms = Array.from({ length: 200 }, (_, index) => ports(`${1000 + 2 * index}`))
    nftables.run(takeOverText(ruleset(), []))
    nftables.run(rebuildText(ruleset(), atoms))
    const listing = nftables.run('list table inet portcullis')
    expect(listing.match(/goto used_up4/g)).toHaveLength(200)
    expect(listing.match(/delete @expected6_/g)).toHaveLength(200)
  })

  test('and the kernel takes it, twice, and with other rules', () => {
    const rules = ruleset()
    nftables.run(takeOverText(rules, sourcePortAtoms(rules)))
    nftables.run(takeOverText(rules, sourcePortAtoms(rules)))
    nftables.run(rebuildText(rules, [...sourcePortAtoms(rules), ports('7-9')]))
    const listing = nftables.run('list table inet portcullis')
    expect(listing).toContain('set expected6_7_9')
    expect(listing.match(/goto admitted/g)).toHaveLength(8)
  })
})
