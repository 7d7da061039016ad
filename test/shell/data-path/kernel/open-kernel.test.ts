import { describe, expect, test } from 'vitest'
import { KernelDataPathError } from '../../../../src/shell/data-path/kernel/kernel-data-path-error.ts'
import {
  openKernel,
  requireCapability,
} from '../../../../src/shell/data-path/kernel/open-kernel.ts'
import { NflogReader } from '../../../../src/shell/netlink/nflog.ts'
import { ruleset } from './fixtures.ts'
import { Network, namespacesMissing } from './namespaces.ts'

describe('CAP_NET_ADMIN', () => {
  test.each([
    ['CapEff:\t000001ffffffffff', true],
    ['CapEff:\t0000000000001000', true],
    ['CapEff:\t0000000000000400', false],
    ['', false],
  ])('%j: %s', (status, isHeld) => {
    const check = (): void => requireCapability(`Name:\tnode\n${status}\nSeccomp:\t0\n`)
    if (isHeld) expect(check).not.toThrow()
    else expect(check).toThrow(KernelDataPathError)
  })
})

const reason = namespacesMissing()

test.skipIf(reason !== undefined)(
  `what was taken is given back when a step fails${reason ? ` (${reason})` : ''}`,
  async () => {
    const network = new Network()
    try {
      const other = await network.within('firewall', () => NflogReader.open(2121))
      const open = () => network.within('firewall', () => openKernel(ruleset(), []))
      await expect(open()).rejects.toThrow(
        /^the kernel data path needs NFLOG group 2121 for itself/,
      )
      const acct = ['sysctl', '-n', 'net.netfilter.nf_conntrack_acct'] as const
      expect(network.run('firewall', ...acct).trim()).toBe('0')
      other.close()
      const kernel = await open()
      expect(network.run('firewall', ...acct).trim()).toBe('1')
      expect(network.run('firewall', 'nft', 'list', 'tables').trim()).toBe('table inet portcullis')
      await network.within('firewall', () => {
        kernel.release()
      })
      expect(network.run('firewall', 'nft', 'list', 'tables')).toBe('')
    } finally {
      network.remove()
    }
  },
)
