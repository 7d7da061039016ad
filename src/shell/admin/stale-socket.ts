/**
 * What a killed process leaves of its socket: a file that refuses every connection. It must go
 * before another process can listen there; a socket that somebody listens on must not.
 */
import { randomUUID } from 'node:crypto'
import { link, lstat, rename, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { errorCode } from '../error-code.ts'
import { AdminError } from './admin-error.ts'

/** @throws AdminError when a process answers at `path`, or when it is a file of another kind. */
export async function clearStaleSocket(path: string): Promise<void> {
  if (!(await isSocket(path))) return
  await refuseLive(path)
  // Somebody may have put a new one there since: taken aside, it is looked at again.
  const aside = `${path}.${randomUUID()}`
  if (!(await moved(path, aside))) return
  try {
    await refuseLive(aside)
  } catch (error) {
    // Unlike a renaming, this replaces nobody.
    await link(aside, path).catch(() => undefined)
    throw error
  } finally {
    await unlink(aside)
  }
}

async function isSocket(path: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isSocket()) return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
  throw new AdminError('there is another file of that name')
}

async function refuseLive(path: string): Promise<void> {
  if (await isLive(path)) throw new AdminError('another process answers there')
}

/** Only a refusal says that nobody listens: who is busy, or not for us, is alive. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      const code = errorCode(error)
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT')
    })
  })
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
