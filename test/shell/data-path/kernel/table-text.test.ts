/** The ruleset as text, as it is printed, and as libnftables and the kernel take it. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  rebuildText,
  tableText,
  takeOverText,
} from '../../../../src/shell/data-path/kernel/table-text.ts'
import { portAtoms } from '../../../../src/shell/data-path/kernel/port-atoms.ts'
import { Nftables } from '../../../../src/shell/native/nftables.ts'
import { ports } from '../../../support/rules.ts'
import { ruleset } from './fixtures.ts'
import { Network, namespacesMissing } from './namespaces.ts'

test('the complete table', async () => {
  const rules = ruleset()
  await expect(tableText(rules, portAtoms(rules))).toMatchFileSnapshot(
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

test('other rules change two chains and delete no set', () => {
  const text = rebuildText(ruleset(), [])
  expect(text.match(/^(?:flush|delete) .*/gm)).toEqual([
    'flush chain inet portcullis forward',
    'flush chain inet portcullis input',
  ])
  expect(text.match(/^\tchain (\S+)/gm)).toEqual(['\tchain forward', '\tchain input'])
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
    nftables.check(takeOverText(rules, portAtoms(rules)))
    expect(nftables.run('list tables')).toBe('')
  })

  test('and the kernel takes it, twice, and with other rules', () => {
    const rules = ruleset()
    nftables.run(takeOverText(rules, portAtoms(rules)))
    nftables.run(takeOverText(rules, portAtoms(rules)))
    nftables.run(rebuildText(rules, [...portAtoms(rules), ports('1-19')]))
    const listing = nftables.run('list table inet portcullis')
    expect(listing).toContain('set expected6_1_19')
    expect(listing.match(/goto admitted/g)).toHaveLength(10)
  })
})
