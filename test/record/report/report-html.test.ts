import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { REPORT_LIMITS } from '../../../src/record/report/report-builder.ts'
import { reportHtml } from '../../../src/record/report/report-html.ts'
import { modelOf, pageOf } from '../../report/make-report.ts'
import { syntheticLog } from '../../report/synthetic-log.ts'
import { CLOSED, DOWNLOAD, linesOf, OPENED } from './story-fixture.ts'

function contentOf(html: string, pattern: RegExp): string {
  const match = pattern.exec(html)
  if (match === null) throw new Error(`no ${pattern}`)
  return match[1] ?? ''
}

const STORIES = /id="report-stories">([^<]*)<\/script>/
const DATA = /id="report-data">([^<]*)<\/script>/

describe('reportHtml', () => {
  const html = pageOf(linesOf([OPENED, ...DOWNLOAD, CLOSED]))

  test('its policy lets exactly its own style and script through', () => {
    const policy = contentOf(html, /Content-Security-Policy" content="([^"]*)"/)
    const style = contentOf(html, /<style>([\s\S]*?)<\/style>/)
    const script = contentOf(html, /<script>([\s\S]*?)<\/script>/)
    const digest = (text: string): string => createHash('sha256').update(text).digest('base64')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`style-src 'sha256-${digest(style)}'`)
    expect(policy).toContain(`script-src 'sha256-${digest(script)}'`)
    expect(policy).not.toContain('unsafe')
  })

  test('refers to nothing outside', () => {
    expect(html).not.toMatch(/\b(?:src|href)="(?!#)/)
    expect(html).not.toMatch(/url\((?!#)/)
    expect(html).not.toContain('@import')
  })

  test('nothing has a style or a listener of its own, which the policy would stop', () => {
    expect(html).not.toMatch(/<[^>]*\sstyle="|<[^>]*\son\w+="/)
  })

  test('data and ladders can be read back', () => {
    const data: unknown = JSON.parse(contentOf(html, DATA))
    const [nothing, story, ...others] = contentOf(html, STORIES).split('\n')
    expect(data).toMatchObject({ rows: [['s1', 0, 900, ...Array(15).fill(expect.anything())]] })
    expect(nothing).toBe('')
    expect(JSON.parse(story ?? '')).toMatchObject({ server: '10.200.200.1:21' })
    expect(others).toEqual([])
  })

  test('text of a peer ends no element, wherever it stands', () => {
    const evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>'
    const page = pageOf(
      linesOf([
        OPENED,
        [1, 'control.command', { verb: 'USER', argument: evil }],
        [2, 'control.reply', { code: 230, text: evil, lines: 1, verb: 'USER' }],
        [3, 'verdict', { verdict: 'reject', reason: evil, side: 'client', rule: evil }],
        CLOSED,
      ]),
    )
    expect(page.match(/<script/g)?.length).toBe(3)
    expect(page).not.toContain('<img')
    expect(page).toContain('&lt;img src=x')
  })

  test('names of files are text', () => {
    const page = [
      ...reportHtml(modelOf([]), { source: '<i>.jsonl', madeAt: '2026-11-22T01:02:03Z' }),
    ]
    expect(page.join('')).toContain('no records · &lt;i&gt;.jsonl · made 2026-11-22 01:02 UTC')
  })

  test('what is left out is said', () => {
    expect(html).not.toContain('class="limits"')
    const page = pageOf(syntheticLog(60), {
      ...REPORT_LIMITS,
      rowsMax: 20,
      storyCharsMax: 4000,
      eventsMax: 6,
    })
    expect(page).toMatch(
      /The list has the latest 20 sessions; \d+ earlier ones are counted above only/,
    )
    expect(page).toMatch(/\d+ of the sessions listed are without a ladder/)
    expect(page).toMatch(/\d+ ladders end early: one has 6 events at most/)
  })
})
