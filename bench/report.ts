/**
 * How long a report takes to open: written to a file, loaded by Chromium until its rows are
 * painted, in a new page each time. Then how long a search takes, key by key.
 *
 *     npx tsc --noEmit false --rootDir . --outDir dist-bench && node dist-bench/bench/report.js [SESSIONS…]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { type Browser, startChromium } from '../test/report/chromium.ts'
import { pageOf } from '../test/report/make-report.ts'
import { syntheticLog } from '../test/report/synthetic-log.ts'

const ROUNDS = 7
const PAINTED = 'requestAnimationFrame(() => setTimeout(painted, 0))'

const sizes = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
const browser = await startChromium()
try {
  for (const size of sizes.length === 0 ? [1, 5000, 20_000] : sizes) await measure(browser, size)
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}

async function measure({ context }: Browser, sessions: number): Promise<void> {
  const begin = performance.now()
  const html = pageOf(syntheticLog(sessions))
  const made = performance.now() - begin
  const path = join(folder, `${sessions}.html`)
  writeFileSync(path, html)
  const opened: number[] = []
  const searched: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const page = await context.newPage()
    const from = performance.now()
    await page.goto(`file://${path}`)
    await page.waitForSelector('#rows .row')
    await page.evaluate(`new Promise((painted) => ${PAINTED})`)
    opened.push(performance.now() - from)
    searched.push(await search(page))
    await page.close()
  }
  console.log(
    `${sessions} sessions: ${(html.length / 1e6).toFixed(1)} MB, made in ${made.toFixed(0)} ms, ` +
      `open after ${summary(opened)}, searched after ${summary(searched)}`,
  )
}

async function search(page: Page): Promise<number> {
  const from = performance.now()
  await page.fill('#query', 'partner')
  await page.evaluate(`new Promise((painted) => ${PAINTED})`)
  return performance.now() - from
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  return `${median.toFixed(0)} ms (median of ${sorted.length}, worst ${(sorted.at(-1) ?? 0).toFixed(0)})`
}
