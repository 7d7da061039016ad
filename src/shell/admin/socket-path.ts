/** Where a running process is asked about itself, when nobody says where. */
import { join } from 'node:path'

export interface Whereabouts {
  /** The effective user; `undefined` where there are no users. */
  readonly user: number | undefined
  readonly runtimeFolder: string | undefined
  readonly temporaryFolder: string
}

/**
 * The same for the process that answers and the one that asks, if both have the same user. A user
 * without a runtime folder gets one of their own among the temporary files.
 */
export function defaultSocketPath({ user, runtimeFolder, temporaryFolder }: Whereabouts): string {
  if (user === 0) return '/run/portcullis/admin.sock'
  if (runtimeFolder !== undefined && runtimeFolder.startsWith('/'))
    return join(runtimeFolder, 'portcullis', 'admin.sock')
  return join(temporaryFolder, `portcullis-${user ?? 'user'}`, 'admin.sock')
}
