/** Where the client of an intercepted connection meant to connect. */
import type { Socket } from 'node:net'
import type { Interception, Listener } from '../../engine/rules/ruleset.ts'
import { type Endpoint, sameEndpoint } from '../../net/endpoint.ts'
import { localAddresses } from '../local-addresses.ts'
import { originalDestination } from '../native/sockets.ts'

const UNSPECIFIED = new Set<string>(['0.0.0.0', '::'])

type Intercepting = Pick<Listener, 'intercept' | 'listen'>

/** `undefined` when it came to the listener itself. `local` is our end of `socket`. */
export function originalOf(
  listener: Intercepting,
  socket: Socket,
  local: Endpoint,
): Endpoint | undefined {
  return ORIGINAL[listener.intercept](listener, socket, local)
}

const ORIGINAL: Readonly<
  Record<
    Interception,
    (listener: Intercepting, socket: Socket, local: Endpoint) => Endpoint | undefined
  >
> = {
  none: () => undefined,
  redirect: (_, socket, local) => {
    const original = originalDestination(socket, local)
    return original === undefined || sameEndpoint(original, local) ? undefined : original
  },
  // The kernel has changed nothing, so our end is what the client meant.
  tproxy: ({ listen }, _, local) => (isListener(listen, local) ? undefined : local),
}

function isListener(listen: Endpoint, local: Endpoint): boolean {
  if (listen.port !== local.port) return false
  if (!UNSPECIFIED.has(listen.address)) return listen.address === local.address
  return localAddresses().includes(local.address)
}
