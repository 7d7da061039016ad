import { describe, expect, test } from 'vitest'
import { grouped, shortBytes } from '../../../../src/record/audit/quantity.ts'
import { makeLadderCanvas } from '../../../../src/record/report/page/ladder-canvas.ts'
import { ladderLayout } from '../../../../src/record/report/page/ladder-layout.ts'
import { makeSessionDetail } from '../../../../src/record/report/page/session-detail.ts'
import { modelOf } from '../../../report/make-report.ts'
import { CLOSED, DOWNLOAD, linesOf, OPENED } from '../story-fixture.ts'
import { FakePage } from './fake-page.ts'

const PARTS = { ladderLayout, makeLadderCanvas, grouped, shortBytes }
const MODEL = modelOf(linesOf([OPENED, ...DOWNLOAD, CLOSED]))

function shown(stories: readonly string[], place: number = 0): FakePage {
  const page = new FakePage()
  const elements = {
    dialog: page.add('dialog'),
    title: page.add('title'),
    facts: page.add('facts'),
    heads: page.add('heads'),
    ladder: page.add('ladder'),
  }
  makeSessionDetail(page, MODEL.shelf.data, stories, elements, PARTS)(place)
  return page
}

describe('makeSessionDetail', () => {
  test('facts, columns and ladder of a session', () => {
    const page = shown(MODEL.shelf.stories)
    expect(page.get('dialog').open).toBe(true)
    expect(page.get('title').textContent).toBe('s1')
    const facts = page.get('facts').textContent
    for (const fact of [
      '2026-11-21 07:00:00.000',
      '0.900 s',
      'Rulestaff',
      'Profiledefault',
      'Endquit',
    ])
      expect(facts).toContain(fact)
    expect(page.get('heads').textContent).toBe(
      'Client10.1.1.5:50001PortcullisServer10.200.200.1:21',
    )
    const [svg] = page.get('ladder').children
    expect(svg?.attributes.get('role')).toBe('list')
    const rows = svg?.querySelectorAll('[role=listitem]') ?? []
    expect(rows.map(({ attributes }) => attributes.get('aria-label'))).toContain(
      '0.012 s: server announces 227 (10,200,200,1,234,97); ' +
        'the client is told 227 (203,0,113,10,195,81)',
    )
  })

  test('a ladder that was left out: how to have it', () => {
    const page = shown([''])
    expect(page.get('ladder').textContent).toContain('portcullis audit session s1')
    expect(page.get('heads').textContent).toBe('')
    expect(page.get('facts').textContent).toContain('Rulestaff')
  })

  test('a ladder that ends early says so', () => {
    const story: unknown = JSON.parse(MODEL.shelf.stories[0] ?? '')
    const page = shown([JSON.stringify({ ...(story as object), omitted: 1234 })])
    expect(page.get('ladder').textContent).toContain('1,234 more records are left out.')
  })

  test('a session that is not there opens nothing', () => {
    expect(shown(MODEL.shelf.stories, 7).get('dialog').open).toBe(false)
  })
})
