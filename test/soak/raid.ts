/** One hostile visit: who comes, from where, to which door, and what every attack begins with. */
import type { Ip } from '../../src/net/ip.ts'
import { Control } from './control.ts'
import type { Counts } from './counts.ts'
import type { Company } from './friendly.ts'
import type { Random } from './random.ts'
import type { Door } from './setting.ts'

/** A hostile peer does not wait long for an answer. */
export const PATIENCE_MS = 2_000

export interface Raid extends Pick<Company, 'setting' | 'served'> {
  readonly counts: Counts
  readonly random: Random
  readonly source: Ip
  /** A real server. */
  readonly door: Door
}

export type Attack = (raid: Raid) => Promise<void>

export async function withControl(
  raid: Raid,
  use: (control: Control) => Promise<void>,
): Promise<void> {
  const control = await Control.connect(raid.door.at, raid.source)
  try {
    await use(control)
  } finally {
    control.close()
  }
}

/** Logged in as anybody may; at an implicit door, where nobody can in clear, refused. */
export function inside(raid: Raid, use: (control: Control) => Promise<void>): Promise<void> {
  return withControl(raid, async (control) => {
    await control.want(undefined, '2', PATIENCE_MS)
    await control.want(`USER ${raid.door.server.user}`, '23', PATIENCE_MS)
    await control.want(`PASS ${raid.door.server.password}`, '2', PATIENCE_MS)
    await use(control)
  })
}

/** Reads until the other side has had enough, or for a while. */
export async function ended(control: Control): Promise<void> {
  const deadline = Date.now() + 3 * PATIENCE_MS
  while (Date.now() < deadline) await control.reply(PATIENCE_MS)
}
