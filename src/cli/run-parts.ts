/** What `run` does in the same way whether one process has all sessions or workers share them. */
import type { Logger } from 'pino'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { AdminError } from '../shell/admin/admin-error.ts'
import {
  type AdminSocket,
  type AdminSocketOptions,
  startAdminSocket,
} from '../shell/admin/admin-socket.ts'
import { CaptureFile } from '../shell/capture-file.ts'
import type { ReopenablePacketLog } from '../shell/packet-log/pino-packet-log.ts'
import type { Capability } from '../shell/privileges/capabilities.ts'
import { dropPrivileges } from '../shell/privileges/drop.ts'
import type { User } from '../shell/privileges/user.ts'
import { hasActiveMode, mayBindPort20 } from './port-20.ts'
import { adminSocketPath } from './ports.ts'
import { readVersion } from './version.ts'

/** The proxy goes on without it. */
export function openCapture(path: string | undefined, logger: Logger): CaptureFile | undefined {
  if (path === undefined) return undefined
  return new CaptureFile({
    path,
    program: `portcullis ${readVersion()}`,
    onFailure: (error) => logger.error({ err: error }, 'the capture file cannot be written'),
  })
}

/** Resolves when all that can be written is, and says what was lost. */
export async function closeLogs({
  packetLog,
  capture,
  logger,
}: {
  readonly packetLog: ReopenablePacketLog
  readonly capture: CaptureFile | undefined
  readonly logger: Logger
}): Promise<void> {
  await capture?.close()
  if (capture !== undefined && capture.lostPackets > 0)
    logger.error({ packets: capture.lostPackets }, 'packets of the capture file were lost')
  await packetLog.close()
  if (packetLog.lostRecords > 0)
    logger.error({ records: packetLog.lostRecords }, 'records of the packet log were lost')
}

/** Everything that takes root stands; what is still to come takes less. */
export function becomeUser(
  user: User,
  capabilities: readonly Capability[],
  /** What programs that are started later have too, as far as it is among `capabilities`. */
  handedDown: readonly Capability[],
  logger: Logger,
): void {
  const inherited = capabilities.filter((name) => handedDown.includes(name))
  dropPrivileges(user, { capabilities, inherited })
  logger.info({ user: user.name, capabilities }, `now running as ${user.name}`)
}

/**
 * A place that was asked for has to be had; without the usual one the proxy does all the same.
 * @throws AdminError
 */
export async function openAdminSocket(
  path: string | undefined,
  answer: AdminSocketOptions['answer'],
  { user, logger }: { readonly user: User | undefined; readonly logger: Logger },
): Promise<AdminSocket | undefined> {
  try {
    return await startAdminSocket({ path: path ?? adminSocketPath(), answer, owner: user })
  } catch (error) {
    if (path === undefined && error instanceof AdminError) {
      logger.warn(`${error.message}; portcullis ports cannot ask this process`)
      return undefined
    }
    throw error
  }
}

export async function warnOfPort20(ruleset: Ruleset, logger: Logger): Promise<void> {
  if (!hasActiveMode(ruleset) || (await mayBindPort20())) return
  logger.warn(
    'active mode: this process may not bind port 20, so data connections to clients leave from ' +
      'other ports, which filters on their side may drop; root or cap_net_bind_service may bind it',
  )
}
