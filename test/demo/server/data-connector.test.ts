import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { DataConnector } from '../../../src/demo/server/data-connector.ts'
import { ip } from '../../../src/net/ip.ts'

const loopback = ip('127.0.0.1')

// Only Linux has all of 127.0.0.0/8 on its loopback interface.
test.runIf(process.platform === 'linux')('only the client may come to a passive port', async () => {
  const data = new DataConnector(loopback, loopback)
  const port = await data.listen()
  const foreigner = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
  await closed(foreigner)
  const opening = data.open()
  const client = connect({ host: '127.0.0.1', port })
  expect((await opening).remotePort).toBe(client.localPort)
  data.close()
  await closed(client)
})

test('a new set-up closes the listener of the last', async () => {
  const data = new DataConnector(loopback, loopback)
  const first = await data.listen()
  const second = await data.listen()
  expect(second).not.toBe(first)
  const late = connect({ host: '127.0.0.1', port: first })
  await closed(late)
  expect(data.isSetUp).toBe(true)
  data.clear()
  expect(data.isSetUp).toBe(false)
  await expect(data.open()).rejects.toThrow('no data connection')
})

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve())
  })
}
