import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Nftables, NftablesError } from '../../../src/shell/native/nftables.ts'
import { Network, namespacesMissing } from '../data-path/kernel/namespaces.ts'

test('a refusal has the name of its errno', () => {
  const error = new NftablesError('x:1:1-3: Error: Could not process rule: File exists\nadd\n^^^\n')
  expect(error.code).toBe('EEXIST')
  expect(error.message).toBe('x:1:1-3: Error: Could not process rule: File exists')
  expect(error.output.split('\n')).toHaveLength(3)
  expect(new NftablesError('Error: syntax error').code).toBe('EIO')
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

  test('runs commands in the namespace in which it was opened', () => {
    nftables.run('add table inet a\nadd set inet a s { type inet_service; }')
    expect(nftables.run('list tables')).toBe('table inet a\n')
    expect(network.run('firewall', 'nft', 'list', 'tables')).toBe('table inet a\n')
    expect(network.run('server', 'nft', 'list', 'tables')).toBe('')
    nftables.run('delete table inet a')
  })

  test('a transaction is taken whole or not at all', () => {
    const text = 'add table inet a\nadd element inet a nothing { 1 }'
    expect(() => nftables.run(text)).toThrow(NftablesError)
    expect(nftables.run('list tables')).toBe('')
  })

  test('a refusal does not show in the next call', () => {
    expect(() => nftables.run('delete table inet nothing')).toThrow('No such file or directory')
    expect(nftables.run('list tables')).toBe('')
  })

  test('a check changes nothing', () => {
    nftables.check('add table inet a')
    expect(nftables.run('list tables')).toBe('')
    expect(() => nftables.check('add tabel inet a')).toThrow('syntax error')
  })

  test('cannot be used when it is closed', async () => {
    const other = await network.within('firewall', () => Nftables.open())
    other.close()
    other.close()
    expect(() => other.run('list tables')).toThrow('closed')
  })
})
