/**
 * Port 20 is where a server's data connections come from in active mode (RFC 959 §5.2), and what
 * filters in front of clients are written for. Binding it takes a privilege.
 */
import { createServer } from 'node:net'
import type { Ruleset } from '../engine/rules/ruleset.ts'

/** Whether some session under these rules may use active mode. */
export function hasActiveMode(ruleset: Ruleset): boolean {
  return (
    ruleset.rules.some((rule) => rule.kind === 'active-data' && rule.action === 'permit') &&
    [...ruleset.profiles.values()].some((profile) => profile.activeMode === 'allowed')
  )
}

/** Tries it on loopback. In use is as good as free: it is the privilege that matters. */
export function mayBindPort20(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'EACCES' && error.code !== 'EPERM')
    })
    probe.listen({ host: '127.0.0.1', port: 20, exclusive: true }, () => {
      probe.close(() => resolve(true))
    })
  })
}
