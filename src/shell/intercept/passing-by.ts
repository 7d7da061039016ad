/** What this host forwards without anybody having looked at it. */
import type { Ruleset } from '../../engine/rules/ruleset.ts'
import type { IpFamily } from '../../net/ip.ts'
import { forwards } from '../data-path/kernel/forwarding.ts'
import { families } from './plan.ts'

/** A warning when listeners intercept one family alone and this host forwards the other as well. */
export function passingByWarnings(
  { listeners }: Ruleset,
  isForwarding: (family: IpFamily) => boolean = forwards,
): readonly string[] {
  const intercepting = listeners.filter(({ intercept }) => intercept !== 'none')
  const taken = new Set(intercepting.flatMap(families))
  if (taken.size !== 1) return []
  const other = taken.has(4) ? 6 : 4
  if (!isForwarding(other)) return []
  return [
    `this host forwards IPv${other}, and no listener intercepts it: FTP over IPv${other} passes by. ` +
      'Listen on [::], or do not forward it',
  ]
}
