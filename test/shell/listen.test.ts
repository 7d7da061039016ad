import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { listen } from '../../src/shell/listen.ts'
import { freePort } from '../support/proxy-in-process.ts'

test('listens where it was told, and rejects with the reason of the operating system', async () => {
  const where = { address: ip('127.0.0.1'), port: port(await freePort('127.0.0.1')) }
  const first = createServer()
  await listen(first, where)
  expect(first.address()).toMatchObject({ address: '127.0.0.1', port: where.port })
  await expect(listen(createServer(), where)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  first.close()
})
