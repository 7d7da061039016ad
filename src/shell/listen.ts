import type { Server } from 'node:net'
import type { Listener } from '../engine/rules/ruleset.ts'
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts'
import { errorCode } from './error-code.ts'
import { InterceptionError } from './intercept/interception-error.ts'
import { openTransparentListener } from './native/sockets.ts'

/**
 * Resolves when `server` listens; rejects with the operating system's error, or with an
 * InterceptionError when this process may not take what is meant for others.
 */
export async function listen(
  server: Server,
  { listen: where, intercept }: Pick<Listener, 'listen' | 'intercept'>,
): Promise<void> {
  const at =
    intercept === 'tproxy'
      ? { fd: transparentListener(where) }
      : { host: where.address, port: where.port }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...at, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function transparentListener(where: Endpoint): number {
  try {
    return openTransparentListener(where)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EPERM')
      throw new InterceptionError(
        `cannot listen on ${formatEndpoint(where)} for connections to others: "intercept: tproxy" ` +
          'needs CAP_NET_ADMIN or CAP_NET_RAW. Run as root, or give Node the capability.',
        { cause: error },
      )
    // As a listener of Node's own would say it.
    throw Object.assign(new Error(`listen ${code}: ${formatEndpoint(where)}`, { cause: error }), {
      code,
      syscall: 'listen',
      address: where.address,
      port: where.port,
    })
  }
}
