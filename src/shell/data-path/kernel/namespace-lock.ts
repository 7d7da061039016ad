/**
 * One process a network namespace has the table. The lock is a listening socket in the abstract
 * namespace of Unix sockets: there is one of those in each network namespace, it needs no file, and
 * the kernel takes it away with the process, however that ends.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { errorCode } from '../../error-code.ts'
import { KernelDataPathError } from './kernel-data-path-error.ts'

const NAME = '\0portcullis/inet/portcullis'

export interface NamespaceLock {
  release(): void
}

/** @throws KernelDataPathError when another process has it. */
export async function lockNamespace(): Promise<NamespaceLock> {
  const server = createServer((socket) => socket.destroy())
  server.listen({ path: NAME, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    throw new KernelDataPathError('is in use by another Portcullis in this network namespace')
  }
  server.on('error', () => {})
  // It holds nothing up that wants to end.
  server.unref()
  return { release: () => void server.close() }
}
