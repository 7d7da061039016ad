import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readLine } from '../../../src/shell/admin/read-line.ts'
import { temporaryFolder } from './folder.ts'

test('a line in pieces, and what follows it', async () => {
  const [here, there] = await pair()
  const line = readLine(here, 100)
  there.write('{"a":')
  await once(here, 'data')
  there.write('"ü"}\nmore\n')
  expect(await line).toBe('{"a":"ü"}')
})

test('a line of just so many bytes, and of one more', async () => {
  const [here, there] = await pair()
  const line = readLine(here, 4)
  there.write('1234\n')
  expect(await line).toBe('1234')
  const [other, further] = await pair()
  const longer = readLine(other, 4)
  further.write('12345')
  await expect(longer).rejects.toThrow('a line of more than 4 bytes')
})

test('a line that is not finished', async () => {
  const [here, there] = await pair()
  const line = readLine(here, 4)
  there.end('12')
  await expect(line).rejects.toThrow('ended in the middle of a line')
  const [other] = await pair()
  const never = readLine(other, 4)
  other.destroy()
  await expect(never).rejects.toThrow('closed in the middle of a line')
})

async function pair(): Promise<readonly [Socket, Socket]> {
  const path = join(temporaryFolder(), 'socket')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const there = connect(path)
  const [here] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    here.destroy()
    there.destroy()
    server.close()
  })
  return [here, there]
}
