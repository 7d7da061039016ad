/**
 * The report as people meet it: written by the program, opened from a file by a real browser.
 * How fast it opens is measured in bench/report.ts; here it is only tried.
 */
import { writeFile } from 'node:fs/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CLOSED, DOWNLOAD, linesOf, OPENED } from '../record/report/story-fixture.ts'
import { portcullis } from '../cli/program.ts'
import { type Browser, CHROMIUM, hasChromium, startChromium } from './chromium.ts'
import { pageOf } from './make-report.ts'
import { syntheticLog } from './synthetic-log.ts'

const MANY = 5000
const PATIENCE_MS = 60_000
/** WCAG 2.1, 1.4.3: for text of ordinary size. */
const CONTRAST_MIN = 4.5

let folder = ''
let browser: Browser | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-report-'))
  if (hasChromium()) browser = await startChromium()
  else if (process.env['CI'] === 'true') throw new Error(`${CHROMIUM} is not there`)
}, PATIENCE_MS)

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach((context) => {
  if (browser === undefined) context.skip(`${CHROMIUM} is not there (apt install chromium)`)
})

interface Opened {
  readonly page: Page
  /** What the page complained about, and what it asked for beside itself. */
  readonly troubles: string[]
}

async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  if (browser === undefined) throw new Error('no browser')
  const page = await browser.context.newPage()
  const troubles: string[] = []
  page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`))
  page.on('request', (request) => {
    if (request.url() !== `file://${path}`) troubles.push(`asks for ${request.url()}`)
  })
  await page.emulateMedia({ colorScheme })
  await page.goto(`file://${path}`)
  await page.waitForSelector('#count:not(:empty)')
  return { page, troubles }
}

/** Written by the program itself, as it is delivered. */
async function reportOf(sessions: number): Promise<string> {
  const log = join(folder, `${sessions}.jsonl`)
  const path = join(folder, `${sessions}.html`)
  await writeFile(log, [...syntheticLog(sessions)].join('\n'))
  const { code, stderr } = await portcullis(['audit', log, '--html', path])
  if (code !== 0) throw new Error(stderr)
  return path
}

async function countOf(page: Page): Promise<string> {
  return (await page.textContent('#count')) ?? ''
}

describe('a report of one session', () => {
  test(
    'opens without a complaint and shows its ladder',
    async () => {
      const { page, troubles } = await open(await reportOf(1))
      expect(await countOf(page)).toBe('1')
      await page.click('#rows .row')
      await page.waitForSelector('#detail[open] .ladder')
      const text = await page.textContent('#detail-ladder')
      expect(text).toContain('rewritten')
      expect(text).toContain('226 Transfer complete.')
      expect(await page.locator('.ladder .bar.pinhole').count()).toBeGreaterThan(0)
      expect(await page.locator('.ladder .bar.data').count()).toBeGreaterThan(0)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'times never go back from row to row',
    async () => {
      const path = join(folder, 'times.html')
      // The pinhole has done its part before the server accepts the connection.
      const slow = DOWNLOAD.map(([at, type, fields]): (typeof DOWNLOAD)[number] =>
        type === 'data.open' || at > 21 ? [at + 300, type, fields ?? {}] : [at, type, fields ?? {}],
      )
      await writeFile(path, pageOf(linesOf([OPENED, ...slow, CLOSED])))
      const { page, troubles } = await open(path)
      await page.click('#rows .row')
      await page.waitForSelector('#detail[open] .ladder')
      const times = (await page.locator('.ladder text.time').allTextContents()).map(parseFloat)
      expect(times.length).toBeGreaterThan(4)
      expect(times).toContain(0.321)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'text of a peer is text',
    async () => {
      const evil = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>'
      const path = join(folder, 'evil.html')
      const lines = linesOf([
        OPENED,
        [1, 'control.command', { verb: 'USER', argument: evil }],
        [2, 'control.reply', { code: 230, text: evil, lines: 1, verb: 'USER' }],
        [3, 'verdict', { verdict: 'reject', reason: evil, side: 'client', rule: evil }],
        ...DOWNLOAD,
        CLOSED,
      ])
      await writeFile(path, pageOf(lines))
      const { page, troubles } = await open(path)
      await page.click('#rows .row')
      await page.waitForSelector('#detail[open] .ladder')
      expect(await page.textContent('#detail-ladder')).toContain(evil)
      expect(await page.locator('img').count()).toBe(0)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'an opaque stretch is shaded',
    async () => {
      const path = join(folder, 'opaque.html')
      const lines = linesOf([
        OPENED,
        [1, 'control.command', { verb: 'AUTH', argument: 'TLS' }],
        [2, 'channel.opaque', { mechanism: 'TLS', version: 'TLS 1.3' }],
        [90, 'channel.clear', { side: 'client' }],
        [91, 'channel.clear', { side: 'server' }],
        CLOSED,
      ])
      await writeFile(path, pageOf(lines))
      const { page, troubles } = await open(path)
      await page.focus('#grid')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#detail[open] .ladder')
      expect(await page.locator('.ladder .shade').count()).toBe(2)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )
})

describe(`a report of ${MANY} sessions`, () => {
  let written: Promise<string> | undefined
  /** The first test that needs it writes it. */
  const many = (): Promise<string> => (written ??= reportOf(MANY))

  test(
    'opens without a complaint; only rows that can be seen exist',
    async () => {
      const { page, troubles } = await open(await many())
      const total = Number((await countOf(page)).replace(',', ''))
      expect(total).toBeGreaterThan(MANY * 0.9)
      expect(await page.textContent('.tile dd')).toBe(await countOf(page))
      expect(await page.locator('#rows .row').count()).toBeLessThan(60)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'filters by what is typed, chosen and clicked',
    async () => {
      const { page, troubles } = await open(await many())
      const all = await countOf(page)
      await page.fill('#query', 'user:anna')
      const ofAnna = await countOf(page)
      expect(ofAnna).toMatch(/^[\d,]+ of [\d,]+$/)
      const users = await page.locator('#rows .row .user').allTextContents()
      expect(new Set(users)).toEqual(new Set(['anna']))
      await page.selectOption('#verdict', 'refused')
      expect(await countOf(page)).not.toBe(ofAnna)
      expect(await page.locator('#rows .row').count()).toBe(
        await page.locator('#rows .row .tag.refused').count(),
      )
      await page.click('#clear')
      expect(await countOf(page)).toBe(all)
      await page.selectOption('#channel', 'opaque')
      expect(await page.locator('#rows .row').count()).toBe(
        await page.locator('#rows .row .tag.opaque').count(),
      )
      await page.click('#clear')
      await page.locator('.bucket').nth(3).click()
      expect(await page.inputValue('#from')).toMatch(/^2026-11-21T0[67]:/)
      expect(await countOf(page)).toMatch(/ of /)
      await page.click('#clear')
      await page.locator('[data-token^="reason:"]').first().click()
      expect(await page.inputValue('#query')).toMatch(/^reason:"/)
      expect(await countOf(page)).toMatch(/ of /)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'can be used with the keyboard alone',
    async () => {
      const { page, troubles } = await open(await many())
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.className')).toBe('skip')
      await page.keyboard.press('Enter')
      await page.keyboard.press('/')
      await page.keyboard.type('session:s003')
      expect(await countOf(page)).toMatch(/ of /)
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.id')).toBe('grid')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe(
        'solid',
      )
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('j')
      await page.keyboard.press('k')
      expect(await page.getAttribute('#grid', 'aria-activedescendant')).toBe('row-1')
      expect(await page.getAttribute('#row-1', 'aria-selected')).toBe('true')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#detail[open] .ladder')
      const first = await page.textContent('#detail-title')
      await page.keyboard.press('j')
      expect(await page.textContent('#detail-title')).not.toBe(first)
      await page.keyboard.press('Escape')
      await page.waitForSelector('#detail:not([open])', { state: 'attached' })
      expect(await page.evaluate('document.activeElement.id')).toBe('grid')
      await page.keyboard.press('End')
      expect(await page.locator('#rows [aria-selected=true]').count()).toBe(1)
      expect(await page.locator('#rows [aria-selected=true]').isVisible()).toBe(true)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'a session can be named in the address',
    async () => {
      const { page } = await open(await many())
      await page.click('#rows .row >> nth=2')
      const name = await page.textContent('#detail-title')
      const address = page.url()
      await page.close()
      const again = await open(await many())
      await again.page.goto(address)
      await again.page.waitForSelector('#detail[open]')
      expect(await again.page.textContent('#detail-title')).toBe(name)
      await again.page.close()
    },
    PATIENCE_MS,
  )

  test.each(['light', 'dark'] as const)(
    'is legible in %s',
    async (scheme) => {
      const { page, troubles } = await open(await many(), scheme)
      const overview = await page.screenshot()
      expect(
        await contrasts(page, ['h1', '.top p', '.tile dt', '.tile.refusal dd', '.ranking .of']),
      ).toEqual([])
      await page.selectOption('#verdict', 'refused')
      expect(
        await contrasts(page, ['.row .time', '.row .mono', '.tag.refused', '.columns button']),
      ).toEqual([])
      await page.fill('#query', 'reason:port.foreign-address')
      await page.click('#rows .row')
      await page.waitForSelector('#detail[open] .ladder')
      const ladder = await page.screenshot()
      const inks = ['command', 'refusal', 'rewrite', 'pinhole', 'data', 'fine', 'time']
      expect(
        await contrasts(
          page,
          inks.map((ink) => `.ladder text.${ink}`),
        ),
      ).toEqual([])
      const isDark = (await page.evaluate(BRIGHTNESS)) as number
      if (scheme === 'dark') expect(isDark).toBeLessThan(60)
      else expect(isDark).toBeGreaterThan(200)
      // An empty page is a few kilobytes.
      for (const image of [overview, ladder]) expect(image.length).toBeGreaterThan(30_000)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'the theme can be chosen against the system',
    async () => {
      const { page } = await open(await many(), 'light')
      await page.click('#theme')
      expect(await page.evaluate(BRIGHTNESS)).toBeLessThan(60)
      await page.click('#theme')
      expect(await page.evaluate(BRIGHTNESS)).toBeGreaterThan(200)
      await page.close()
    },
    PATIENCE_MS,
  )

  test(
    'can be printed: the list as far as it is short, and a ladder alone',
    async () => {
      const { page, troubles } = await open(await many())
      await page.fill('#query', 'reason:port.foreign-address user:anna')
      const list = await page.pdf()
      await page.click('#rows .row')
      await page.waitForSelector('#detail[open] .ladder')
      const ladder = await page.pdf()
      expect(list.length).toBeGreaterThan(20_000)
      expect(ladder.length).toBeGreaterThan(10_000)
      expect(troubles).toEqual([])
      await page.close()
    },
    PATIENCE_MS,
  )
})

const BRIGHTNESS =
  'getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3'

/** The first element of each selector whose text stands out too little from what is behind it. */
async function contrasts(page: Page, selectors: readonly string[]): Promise<readonly string[]> {
  const poor: string[] = []
  for (const selector of selectors) {
    const measured = (await page.evaluate(`(${CONTRAST})(${JSON.stringify(selector)})`)) as number
    if (!(measured >= CONTRAST_MIN)) poor.push(`${selector}: ${measured}`)
  }
  return poor
}

const CONTRAST = `(selector) => {
  const element = document.querySelector(selector)
  if (element === null) return 'not there'
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number)
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const style = getComputedStyle(element)
  const front = rgb(element.closest('svg') ? style.fill : style.color)
  let behind = element
  while (behind !== null && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement
  const back = rgb(getComputedStyle(behind ?? document.body).backgroundColor)
  const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}`
