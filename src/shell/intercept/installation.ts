/**
 * Interception as it is put into the kernel and taken out again. What a killed predecessor left is
 * replaced: both the table and the routing have names of their own, which nobody else uses.
 */
import { errorCode } from '../error-code.ts'
import type { IpFamily } from '../../net/ip.ts'
import { InterceptionError } from './interception-error.ts'
import type { RunIp } from './ip-command.ts'
import { formatInterceptionTable, INTERCEPT_TABLE, type InterceptionPlan } from './plan.ts'
import { deleteRoute, deleteRule, type IpCommand, routingSteps } from './policy-routing.ts'

/** Rules of one family that predecessors may have left: one each. */
const LEFT_RULES_MAX = 16
const FAMILIES: readonly IpFamily[] = [4, 6]

export interface NftRunner {
  run(commands: string): unknown
}

export interface Outside {
  readonly nft: NftRunner
  readonly runIp: RunIp
}

export interface Installation {
  /** Takes away exactly what was put in; answers with what could not be. Only the first call does it. */
  remove(): readonly string[]
}

/** @throws InterceptionError; nothing is left behind then. */
export function installInterception(plan: InterceptionPlan, outside: Outside): Installation {
  removeLeftovers(outside)
  const done: (() => void)[] = []
  try {
    for (const { add, remove } of routingSteps(plan.routed)) {
      outside.runIp(add)
      done.push(() => outside.runIp(remove))
    }
    outside.nft.run(formatInterceptionTable(plan))
    done.push(() => outside.nft.run(`delete table ${INTERCEPT_TABLE}`))
  } catch (error) {
    undoAll(done)
    throw explained(error)
  }
  return { remove: () => undoAll(done) }
}

/** Goes on when one fails: the others are to be taken away all the same. */
function undoAll(done: (() => void)[]): readonly string[] {
  const failures: string[] = []
  for (const undo of done.splice(0).toReversed()) {
    try {
      undo()
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  return failures
}

/** The table goes with the transaction that makes ours; rules and routes are looked for. */
function removeLeftovers({ runIp }: Outside): void {
  for (const family of FAMILIES) {
    for (let count = 0; count < LEFT_RULES_MAX; count++)
      if (!succeeds(runIp, deleteRule(family))) break
    succeeds(runIp, deleteRoute(family))
  }
}

function succeeds(runIp: RunIp, command: IpCommand): boolean {
  try {
    runIp(command)
    return true
  } catch {
    // There was none.
    return false
  }
}

function explained(error: unknown): InterceptionError {
  if (error instanceof InterceptionError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new InterceptionError(
    errorCode(error) === 'EPERM'
      ? 'interception cannot be installed: it needs CAP_NET_ADMIN. Run as root, or install it by hand: --dry-run prints the commands'
      : `interception cannot be installed: ${reason}`,
    { cause: error },
  )
}
