import { expect, test } from 'vitest'
import { lockNamespace } from '../../../../src/shell/data-path/kernel/namespace-lock.ts'
import { Network, namespacesMissing } from './namespaces.ts'

const reason = namespacesMissing()

test.skipIf(reason !== undefined)(
  `one process a namespace${reason === undefined ? '' : ` (${reason})`}`,
  async () => {
    const network = new Network()
    try {
      const lock = await network.within('firewall', lockNamespace)
      await expect(network.within('firewall', lockNamespace)).rejects.toThrow(
        'is in use by another',
      )
      const elsewhere = await network.within('server', lockNamespace)
      lock.release()
      const again = await network.within('firewall', lockNamespace)
      again.release()
      elsewhere.release()
    } finally {
      network.remove()
    }
  },
)
