/**
 * The socket on which a running process answers questions about itself: one line of JSON each way.
 * It is a file that only its user may open; nothing can be changed through it.
 */
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { errorCode } from '../error-code.ts'
import { AdminError } from './admin-error.ts'
import { readLine } from './read-line.ts'
import { clearStaleSocket } from './stale-socket.ts'

const REQUEST_BYTES_MAX = 4_096
/** From the first byte of a question to the last of its answer. */
const CONNECTION_MS_MAX = 10_000
const CONNECTIONS_MAX = 16

const SOCKET_MODE = 0o600
const FOLDER_MODE = 0o700
const EVERYTHING_ELSE = 0o777 & ~SOCKET_MODE
const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

/** What may be asked. */
export interface AdminRequest {
  readonly request: 'ports'
}

export interface AdminSocketOptions {
  readonly path: string
  /** What it throws is told to whoever asked, and ends nothing. */
  readonly answer: (request: AdminRequest) => object | Promise<object>
  /** Who may remove the socket at the end, when that is not who opens it. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined
}

export interface AdminSocket {
  readonly path: string
  /** Ends every connection and removes the file. */
  close(): Promise<void>
}

/** @throws AdminError when another process answers there, or nothing may be put there. */
export async function startAdminSocket(options: AdminSocketOptions): Promise<AdminSocket> {
  const { path, owner } = options
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    void serve(socket, options.answer)
  })
  server.maxConnections = CONNECTIONS_MAX
  try {
    const isNew = makeFolder(dirname(path))
    await clearStaleSocket(path)
    await listenPrivately(server, path)
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
    if (owner !== undefined && isNew) chownSync(dirname(path), owner.uid, owner.gid)
  } catch (error) {
    server.close()
    throw explained(path, error)
  }
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of connections) socket.destroy()
      }),
  }
}

async function serve(socket: Socket, answer: AdminSocketOptions['answer']): Promise<void> {
  const deadline = setTimeout(() => socket.destroy(), CONNECTION_MS_MAX)
  socket.once('close', () => clearTimeout(deadline))
  socket.on('error', () => socket.destroy())
  try {
    const line = await readLine(socket, REQUEST_BYTES_MAX)
    socket.end(`${JSON.stringify(await respond(line, answer))}\n`)
  } catch {
    // Somebody who does not speak our language, or who has gone.
    socket.destroy()
  }
}

async function respond(line: string, answer: AdminSocketOptions['answer']): Promise<object> {
  const request = parseRequest(line)
  if (request === undefined) return { error: 'this process knows no such request' }
  try {
    return { answer: await answer(request) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function parseRequest(line: string): AdminRequest | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const isObject = typeof value === 'object' && value !== null && 'request' in value
    return isObject && value.request === 'ports' ? { request: 'ports' } : undefined
  } catch {
    return undefined
  }
}

/** Whether it had to be made. Nobody else may be able to put another socket in the place of ours. */
function makeFolder(folder: string): boolean {
  const isNew = mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }) !== undefined
  const { uid, mode } = statSync(folder)
  const isSafe = (mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0
  if (!isSafe) throw new AdminError(`others may write to its folder ${folder}`)
  if (uid !== 0 && process.getuid?.() !== 0 && uid !== process.getuid?.())
    throw new AdminError(`its folder ${folder} belongs to another user`)
  return isNew
}

/** The file has its mode from its first moment on: it is made while `listen` is called. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(EVERYTHING_ELSE)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
  chmodSync(path, SOCKET_MODE)
}

function explained(path: string, error: unknown): AdminError {
  const start = `cannot open the admin socket ${path}`
  if (error instanceof AdminError) return new AdminError(`${start}: ${error.message}`)
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new AdminError(`${start}: another process was faster`)
    case 'EACCES':
    case 'EPERM':
      return new AdminError(`${start}: permission denied`)
    default:
      return new AdminError(`${start}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
