/**
 * A real browser for tests and benchmarks: Debian's Chromium, with an empty profile and without
 * anything that would make it speak to a network.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

export const CHROMIUM = '/usr/bin/chromium'

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Browser {
  readonly context: BrowserContext
  close(): Promise<void>
}

export function hasChromium(): boolean {
  return existsSync(CHROMIUM)
}

export async function startChromium(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'portcullis-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ARGUMENTS,
    viewport: { width: 1360, height: 900 },
    // Far from UTC, so that a time of the place would be noticed.
    timezoneId: 'Pacific/Auckland',
    locale: 'en-GB',
  })
  return {
    context,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
