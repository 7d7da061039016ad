/** The privileges of root that a running proxy needs one by one (capabilities(7)). */
import type { Ruleset } from '../../engine/rules/ruleset.ts'

/** By their numbers in the kernel. */
export const CAPABILITIES = {
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
} as const

export type Capability = keyof typeof CAPABILITIES

export interface Tasks {
  /** Whether sessions may use active mode, in which data connections leave from port 20. */
  readonly hasActiveMode: boolean
}

/**
 * What goes on being needed once everything stands. Transparent sockets would do with CAP_NET_RAW,
 * but whoever has them needs CAP_NET_ADMIN for the data path, which includes it.
 */
export function neededCapabilities(
  { dataPath, listeners, reservePorts }: Ruleset,
  { hasActiveMode }: Tasks,
): readonly Capability[] {
  const isTransparent = listeners.some(
    ({ intercept, keepClientAddress }) => intercept !== 'none' || keepClientAddress,
  )
  const isAdmin = dataPath === 'kernel' || reservePorts || isTransparent
  return [
    ...(hasActiveMode ? (['CAP_NET_BIND_SERVICE'] as const) : []),
    ...(isAdmin ? (['CAP_NET_ADMIN'] as const) : []),
  ]
}
