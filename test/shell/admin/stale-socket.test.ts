import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { AdminError } from '../../../src/shell/admin/admin-error.ts'
import { clearStaleSocket } from '../../../src/shell/admin/stale-socket.ts'
import { temporaryFolder } from './folder.ts'
import { leaveStaleSocket } from './stale.ts'

test('where there is nothing, nothing is to be done', async () => {
  await expect(clearStaleSocket(join(temporaryFolder(), 'socket'))).resolves.toBeUndefined()
})

test('the socket of a process that was killed goes', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'socket')
  leaveStaleSocket(path)
  expect(existsSync(path)).toBe(true)
  await clearStaleSocket(path)
  expect(readdirSync(folder)).toEqual([])
})

test('the socket of a living process stays', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'socket')
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(path)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  await expect(clearStaleSocket(path)).rejects.toThrow(AdminError)
  await expect(clearStaleSocket(path)).rejects.toThrow('another process answers there')
  expect(readdirSync(folder)).toEqual(['socket'])
})

test('a file of another kind stays', async () => {
  const path = join(temporaryFolder(), 'socket')
  writeFileSync(path, 'precious')
  await expect(clearStaleSocket(path)).rejects.toThrow('there is another file of that name')
  expect(existsSync(path)).toBe(true)
})
