/**
 * Rotates the packet log while sessions run, and reads the rules again every other time: rename, then
 * SIGUSR2 or SIGHUP, as operators do.
 */
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Setting } from './setting.ts'

const PATIENCE_MS = 30_000
const POLL_MS = 20

export class LogKeeper {
  readonly #setting: Setting
  readonly #rotated: string[] = []
  /** Times that the rules were read again. */
  reloads = 0

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** Oldest first, the current one last. */
  get files(): readonly string[] {
    return [...this.#rotated, this.#setting.packetLog]
  }

  get rotations(): number {
    return this.#rotated.length
  }

  /** @throws Error when there is no new file in time. */
  async rotate(): Promise<void> {
    const { packetLog, proxy, changeRules } = this.#setting
    const isReload = this.rotations % 2 === 0
    if (isReload) await changeRules()
    const aside = `${packetLog}.${this.rotations + 1}`
    await rename(packetLog, aside)
    this.#rotated.push(aside)
    process.kill(proxy.pid, isReload ? 'SIGHUP' : 'SIGUSR2')
    if (isReload) this.reloads += 1
    const deadline = Date.now() + PATIENCE_MS
    while (!existsSync(packetLog)) {
      if (Date.now() > deadline) throw new Error('the packet log is not opened again')
      await sleep(POLL_MS)
    }
  }
}
