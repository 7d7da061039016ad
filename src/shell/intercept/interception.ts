/**
 * Interception of a running proxy: installed by it and taken away with it, or left to the
 * administrator, who is told the commands.
 */
import type { Logger } from 'pino'
import type { Ruleset } from '../../engine/rules/ruleset.ts'
import { Nftables } from '../native/nftables.ts'
import { type Installation, installInterception } from './installation.ts'
import { InterceptionError } from './interception-error.ts'
import { runIp } from './ip-command.ts'
import { passingByWarnings } from './passing-by.ts'
import { installCommands, planInterception } from './plan.ts'

export interface Interception {
  /** Safe to call more than once. */
  stop(): void
}

const NOTHING: Interception = { stop: () => undefined }

/** @throws InterceptionError when it cannot be installed; nothing is left behind then. */
export function startInterception(
  ruleset: Ruleset,
  { isInstalling, logger }: { readonly isInstalling: boolean; readonly logger: Logger },
): Interception {
  const plan = planInterception(ruleset)
  for (const warning of passingByWarnings(ruleset)) logger.warn(warning)
  if (plan === undefined) {
    if (isInstalling) logger.info('no listener intercepts: there is nothing to install')
    return NOTHING
  }
  if (!isInstalling) {
    logger.info(
      'interception is left to you (--install-intercept does it); unless it is there already, run as root:',
    )
    for (const command of installCommands(plan)) logger.info(command)
    return NOTHING
  }
  const nft = openNftables()
  const installation = install(() => installInterception(plan, { nft, runIp }), nft)
  logger.info('interception installed: it is taken away at the end')
  return {
    stop: () => {
      for (const failure of installation.remove())
        logger.error(`interception could not be taken away: ${failure}`)
      nft.close()
    },
  }
}

/** @throws InterceptionError where it could not be installed whatever the privilege. */
export function requireInterception(ruleset: Ruleset): void {
  if (planInterception(ruleset) !== undefined) openNftables().close()
}

function install(step: () => Installation, nft: Nftables): Installation {
  try {
    return step()
  } catch (error) {
    nft.close()
    throw error
  }
}

function openNftables(): Nftables {
  try {
    return Nftables.open()
  } catch (error) {
    throw new InterceptionError(
      'interception cannot be installed: it needs libnftables (Debian: apt install libnftables1)',
      { cause: error },
    )
  }
}
