/**
 * Policy routing for packets that are ours although their destination is somebody else: what
 * carries the mark is delivered to this host. Given as arguments of `ip`, for running and for
 * printing.
 */
import type { IpFamily } from '../../net/ip.ts'

/** Set on such packets, beside whatever bits other tables use. */
export const INTERCEPT_MARK = 0x0010_0000
/** Of the routing table, and of the rule that leads to it. */
const TABLE = '2121'

const MATCH = `0x${INTERCEPT_MARK.toString(16)}/0x${INTERCEPT_MARK.toString(16)}`
const RULE = ['pref', TABLE, 'fwmark', MATCH, 'lookup', TABLE]
const ROUTE = ['local', 'default', 'dev', 'lo', 'table', TABLE]

/** Arguments of `ip`. */
export type IpCommand = readonly string[]

export interface RoutingStep {
  readonly add: IpCommand
  readonly remove: IpCommand
}

/** In the order in which they are done; undone the other way round. */
export function routingSteps(families: readonly IpFamily[]): readonly RoutingStep[] {
  return families.flatMap((family) => [
    {
      add: [`-${family}`, 'route', 'add', ...ROUTE],
      remove: deleteRoute(family),
    },
    { add: [`-${family}`, 'rule', 'add', ...RULE], remove: deleteRule(family) },
  ])
}

/** Takes one rule of ours away; fails when there is none. */
export function deleteRule(family: IpFamily): IpCommand {
  return [`-${family}`, 'rule', 'del', ...RULE]
}

/** Takes our route away, and no other of its table; fails when there is none. */
export function deleteRoute(family: IpFamily): IpCommand {
  return [`-${family}`, 'route', 'del', ...ROUTE]
}
