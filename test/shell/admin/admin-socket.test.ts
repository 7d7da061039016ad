import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { AdminError } from '../../../src/shell/admin/admin-error.ts'
import {
  type AdminRequest,
  type AdminSocket,
  startAdminSocket,
} from '../../../src/shell/admin/admin-socket.ts'
import { askAdmin } from '../../../src/shell/admin/ask-admin.ts'
import { temporaryFolder } from './folder.ts'
import { leaveStaleSocket } from './stale.ts'

const PORTS: AdminRequest = { request: 'ports' }

describe('the socket', () => {
  test('answers, as often as it is asked', async () => {
    const path = join(temporaryFolder(), 'deep', 'folder', 'admin.sock')
    const asked: AdminRequest[] = []
    await started(path, (request) => {
      asked.push(request)
      return { number: asked.length }
    })
    expect(await askAdmin(path, PORTS)).toEqual({ number: 1 })
    expect(await Promise.all([askAdmin(path, PORTS), askAdmin(path, PORTS)])).toHaveLength(2)
    expect(asked).toEqual([PORTS, PORTS, PORTS])
  })

  test('K14 is for its user alone, and so is the folder that was made for it', async () => {
    const folder = join(temporaryFolder(), 'portcullis')
    const before = process.umask()
    await started(join(folder, 'admin.sock'))
    expect(statSync(join(folder, 'admin.sock')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(process.umask()).toBe(before)
  })

  test('is gone when it is closed, with whoever was connected', async () => {
    const path = join(temporaryFolder(), 'admin.sock')
    const socket = await started(path)
    const client = connect(path)
    await once(client, 'connect')
    // A connection is known to the server only once it has accepted it.
    await askAdmin(path, PORTS)
    await Promise.all([socket.close(), once(client.resume(), 'close')])
    expect(existsSync(path)).toBe(false)
  })

  test('belongs to the one who will close it', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can give a file away')
    const folder = join(temporaryFolder(), 'portcullis')
    const path = join(folder, 'admin.sock')
    const owner = { uid: 12_345, gid: 23_456 }
    const socket = await startAdminSocket({ path, answer: () => ({}), owner })
    onTestFinished(() => socket.close())
    expect(statSync(path)).toMatchObject(owner)
    expect(statSync(folder)).toMatchObject(owner)
  })
})

describe('where something is already', () => {
  test('K14 what a killed process left is replaced', async () => {
    const path = join(temporaryFolder(), 'admin.sock')
    leaveStaleSocket(path)
    await started(path, () => ({ fresh: true }))
    expect(await askAdmin(path, PORTS)).toEqual({ fresh: true })
  })

  test('a living process is not', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'admin.sock')
    await started(path, () => ({ first: true }))
    await expect(started(path)).rejects.toThrow(AdminError)
    await expect(started(path)).rejects.toThrow(
      `cannot open the admin socket ${path}: another process answers there`,
    )
    expect(await askAdmin(path, PORTS)).toEqual({ first: true })
    expect(readdirSync(folder)).toEqual(['admin.sock'])
  })

  test('of two that start at once, one is refused and the other answers', async () => {
    const path = join(temporaryFolder(), 'admin.sock')
    leaveStaleSocket(path)
    const outcomes = await Promise.allSettled([1, 2].map((n) => started(path, () => ({ n }))))
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled') + 1
    expect(await askAdmin(path, PORTS)).toEqual({ n: winner })
  })

  test('K14 neither is a file, nor a folder that others may write to', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    await expect(started(join(folder, 'file'))).rejects.toThrow('another file of that name')
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    await expect(started(join(open, 'admin.sock'))).rejects.toThrow(
      `others may write to its folder ${open}`,
    )
    expect(readdirSync(open)).toEqual([])
  })

  test('a path that is too long for a socket is refused', async () => {
    const path = join(temporaryFolder(), 'x'.repeat(200))
    await expect(started(path)).rejects.toThrow(/^cannot open the admin socket \S+: /)
  })
})

describe('a question', () => {
  test.each(['', 'ports', 'null', '{}', '{"request":"shutdown"}', '[', '"ports"'])(
    'that is none is told so: %j',
    async (line) => {
      const path = join(temporaryFolder(), 'admin.sock')
      await started(path)
      expect(await exchange(path, `${line}\n`)).toBe(
        '{"error":"this process knows no such request"}\n',
      )
    },
  )

  test('K14 that is too long is not read to its end', async () => {
    const path = join(temporaryFolder(), 'admin.sock')
    await started(path)
    expect(await exchange(path, 'x'.repeat(100_000))).toBe('')
    expect(await askAdmin(path, PORTS)).toEqual({})
  })

  test('that is not finished gets no answer, and harms nobody', async () => {
    const path = join(temporaryFolder(), 'admin.sock')
    await started(path)
    const client = connect(path)
    await once(client, 'connect')
    client.end('{"request"')
    await once(client.resume(), 'close')
    expect(await askAdmin(path, PORTS)).toEqual({})
  })

  test('whose answer fails is told why', async () => {
    const path = join(temporaryFolder(), 'admin.sock')
    await started(path, () => {
      throw new Error('out of order')
    })
    await expect(askAdmin(path, PORTS)).rejects.toThrow(/answers: out of order$/)
    await expect(askAdmin(path, PORTS)).rejects.toThrow(AdminError)
  })

  test('K14 that takes too long is cut off', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const path = join(temporaryFolder(), 'admin.sock')
    await started(path)
    const client = connect(path)
    await once(client, 'connect')
    await askAdmin(path, PORTS)
    vi.advanceTimersByTime(10_000)
    await once(client.resume(), 'close')
  })
})

async function started(
  path: string,
  answer: (request: AdminRequest) => object = () => ({}),
): Promise<AdminSocket> {
  const socket = await startAdminSocket({ path, answer })
  onTestFinished(() => socket.close())
  return socket
}

/** What comes back until the connection closes. */
async function exchange(path: string, text: string): Promise<string> {
  const client: Socket = connect(path)
  let received = ''
  client.on('data', (chunk) => {
    received += chunk.toString()
  })
  client.on('error', () => undefined)
  client.write(text)
  await new Promise((resolve) => client.once('close', resolve))
  return received
}
