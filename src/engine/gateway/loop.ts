/** Whether a server address is the proxy itself: a session would beget sessions without end. */
import type { Endpoint } from '../../net/endpoint.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import { isLoopback } from '../nat/address-policy.ts'
import type { Listener } from '../rules/ruleset.ts'

/** The loader of rule files asks the same, but does not know the addresses of the host. */
export function leadsBack(
  server: Endpoint,
  listeners: readonly Listener[],
  local: ReadonlySet<Ip>,
): boolean {
  return listeners.some(({ listen }) => {
    if (listen.port !== server.port) return false
    if (listen.address === server.address) return true
    return isOfThisHost(server.address, local) && takesAny(listen.address, server.address)
  })
}

/** A client whose connection was intercepted cannot have meant this host: nothing here is for it. */
export function isOfThisHost(address: Ip, local: ReadonlySet<Ip>): boolean {
  return local.has(address) || isLoopback(address)
}

/** `0.0.0.0` takes what comes to any IPv4 address, `[::]` what comes to any address at all. */
function takesAny(listen: Ip, address: Ip): boolean {
  return listen === '::' || (listen === '0.0.0.0' && ipFamily(address) === 4)
}
