import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { listen } from '../../src/shell/listen.ts'
import { freePort } from '../support/proxy-in-process.ts'

test('listens where it was told, and rejects with the reason of the operating system', async () => {
  const where = { address: ip('127.0.0.1'), port: port(await freePort('127.0.0.1')) }
  const first = createServer()
  await listen(first, { listen: where, intercept: 'none' })
  expect(first.address()).toMatchObject({ address: '127.0.0.1', port: where.port })
  const again = listen(createServer(), { listen: where, intercept: 'none' })
  await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  first.close()
})

test('for connections to others: what is wrong is told as by any listener', async () => {
  const where = { address: ip('127.0.0.1'), port: port(await freePort('127.0.0.1')) }
  if (process.getuid?.() !== 0) {
    await expect(listen(createServer(), { listen: where, intercept: 'tproxy' })).rejects.toThrow(
      /"intercept: tproxy" needs CAP_NET_ADMIN or CAP_NET_RAW/,
    )
    return
  }
  const first = createServer()
  await listen(first, { listen: where, intercept: 'tproxy' })
  onTestFinished(() => void first.close())
  expect(first.address()).toMatchObject({ address: '127.0.0.1', port: where.port })
  const again = listen(createServer(), { listen: where, intercept: 'tproxy' })
  await expect(again).rejects.toMatchObject({
    code: 'EADDRINUSE',
    syscall: 'listen',
    address: '127.0.0.1',
    port: where.port,
  })
})
