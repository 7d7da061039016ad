import type { Server } from 'node:net'
import type { Endpoint } from '../net/endpoint.ts'

/** Resolves when `server` listens; rejects with the operating system's error. */
export async function listen(server: Server, where: Endpoint): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: where.address, port: where.port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
