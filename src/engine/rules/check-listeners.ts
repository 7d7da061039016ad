/** Listeners that cannot work beside each other, or that would talk to themselves. */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import type { Ip } from '../../net/ip.ts'
import { formatPortRange, rangeHas } from '../../net/port.ts'
import { DEFAULTS } from './defaults.ts'
import type { Parts, Placed } from './parts.ts'
import { type Listener, ORIGINAL_DESTINATION } from './ruleset.ts'

export function checkListeners(parts: Parts): void {
  const byPort = new Map<number, Placed<Listener>[]>()
  for (const listener of parts.listeners) {
    const { port } = listener.value.listen
    byPort.set(port, [...(byPort.get(port) ?? []), listener])
  }
  for (const listener of parts.listeners) {
    const { listen, server } = listener.value
    const rivals = byPort.get(listen.port) ?? []
    const earlier = rivals
      .slice(0, rivals.indexOf(listener))
      .find(({ value }) => canCollide(value.listen.address, listen.address))
    if (earlier !== undefined) {
      const at = earlier.document.position([...earlier.path, 'listen'])
      const where = formatEndpoint(earlier.value.listen)
      report(listener, 'listen', `the listener at ${at} already listens on ${where}`)
    }
    const own =
      server === ORIGINAL_DESTINATION
        ? undefined
        : byPort.get(server.port)?.find(({ value }) => reaches(server, value.listen))
    if (own !== undefined)
      report(listener, 'server', `this is where "${own.value.name}" listens: a loop, not a server`)
    checkPassivePorts(listener, parts)
  }
}

function checkPassivePorts(listener: Placed<Listener>, { passivePorts }: Parts): void {
  const range = passivePorts?.value ?? DEFAULTS.passivePorts
  const { listen, name } = listener.value
  if (!rangeHas(range, listen.port)) return
  const ports = formatPortRange(range)
  if (passivePorts === undefined)
    report(listener, 'listen', `the port lies in the passive ports ${ports} (the default)`)
  else {
    const message = `the passive ports ${ports} contain ${listen.port}, where "${name}" listens`
    passivePorts.document.report('error', passivePorts.path, message)
  }
}

function report({ document, path }: Placed<Listener>, key: string, message: string): void {
  document.report('error', [...path, key], message)
}

/** Whether one port cannot be listened on at both: `[::]` takes IPv4 connections as well. */
export function canCollide(a: Ip, b: Ip): boolean {
  if (a === b || a === '::' || b === '::') return true
  return (a === '0.0.0.0' && !b.includes(':')) || (b === '0.0.0.0' && !a.includes(':'))
}

/** Other addresses of this host are not known here; the engine asks again when it connects. */
function reaches(server: Endpoint, listen: Endpoint): boolean {
  if (server.port !== listen.port) return false
  if (server.address === listen.address) return true
  const isLoopback = server.address.startsWith('127.') || server.address === '::1'
  return isLoopback && canCollide(server.address, listen.address)
}
