/** One session, opened: what it was, and its ladder. Runs in the page: see `../page-script.ts`. */
import type { PageData, PageRow, PageStory } from '../page-data.ts'
import type { PageDialog, PageDocument, PageElement } from './dom.ts'
import type { LadderCanvas, LadderDrawing, Shape } from './ladder-canvas.ts'

export interface DetailElements {
  readonly dialog: PageDialog
  readonly title: PageElement
  readonly facts: PageElement
  readonly heads: PageElement
  readonly ladder: PageElement
}

export interface DetailParts {
  readonly makeLadderCanvas: () => LadderCanvas
  readonly ladderLayout: (
    story: PageStory,
    canvas: LadderCanvas,
    bytesText: (bytes: number) => string,
  ) => LadderDrawing
  readonly grouped: (value: number) => string
  readonly shortBytes: (bytes: number) => string
}

/** @returns a function that shows the session at a place of the data. */
export function makeSessionDetail(
  page: PageDocument,
  data: PageData,
  stories: readonly string[],
  elements: DetailElements,
  parts: DetailParts,
): (place: number) => void {
  const SVG = 'http://www.w3.org/2000/svg'
  const textAt = (place: number): string => data.strings[place] ?? ''
  const bytesText = (bytes: number): string =>
    `${parts.grouped(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`

  function element(tag: string, className: string, text: string): PageElement {
    const made = page.createElement(tag)
    made.className = className
    made.textContent = text
    return made
  }

  function shapeElement({ tag, attributes, text }: Shape): PageElement {
    const made = page.createElementNS(SVG, tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
    if (text !== undefined) made.textContent = text
    return made
  }

  function group(role: string, label: string): PageElement {
    const made = page.createElementNS(SVG, role === 'list' ? 'svg' : 'g')
    made.setAttribute('role', role)
    made.setAttribute('aria-label', label)
    return made
  }

  /** A pattern that shades also where colours are not printed. */
  function hatch(): PageElement {
    const definitions = page.createElementNS(SVG, 'defs')
    const pattern = page.createElementNS(SVG, 'pattern')
    pattern.id = 'hatch'
    const attributes = { width: 7, height: 7, patternUnits: 'userSpaceOnUse' }
    for (const [name, value] of Object.entries(attributes))
      pattern.setAttribute(name, String(value))
    pattern.setAttribute('patternTransform', 'rotate(45)')
    pattern.append(
      shapeElement({ tag: 'rect', attributes: { width: 7, height: 7, class: 'hatch-ground' } }),
      shapeElement({ tag: 'line', attributes: { y2: 7, class: 'hatch-line' } }),
    )
    definitions.append(pattern)
    return definitions
  }

  function ladderElement(drawing: LadderDrawing, name: string): PageElement {
    const svg = group('list', `Ladder of session ${name}`)
    svg.setAttribute('viewBox', `0 0 ${drawing.width} ${drawing.height}`)
    svg.setAttribute('class', 'ladder')
    svg.append(hatch())
    const background = page.createElementNS(SVG, 'g')
    background.setAttribute('aria-hidden', 'true')
    background.append(...drawing.background.map(shapeElement))
    svg.append(background)
    for (const { top, label, shapes } of drawing.rows) {
      const row = group('listitem', label)
      row.setAttribute('transform', `translate(0 ${top})`)
      const tip = page.createElementNS(SVG, 'title')
      tip.textContent = label
      row.append(tip, ...shapes.map(shapeElement))
      svg.append(row)
    }
    return svg
  }

  function fact(name: string, value: string, className = ''): PageElement {
    const pair = element('div', `fact ${className}`, '')
    pair.append(element('dt', '', name), element('dd', '', value))
    return pair
  }

  function factElements(row: PageRow, profile: string): readonly PageElement[] {
    const [, startMs, durationMs, , , , user, rule, listener, end, commands, transfers] = row
    const time = new Date(data.base + startMs).toISOString()
    const codes = row[16].map(textAt).join(', ')
    return [
      fact('Began (UTC)', `${time.slice(0, 10)} ${time.slice(11, 23)}`),
      fact('Lasted', `${(durationMs / 1000).toFixed(3)} s`),
      fact('User', textAt(user) || 'nobody seen to log in'),
      fact('Listener', textAt(listener) || 'not in the log'),
      fact('Rule', textAt(rule) || 'not in the log'),
      ...(profile === '' ? [] : [fact('Profile', profile)]),
      fact('Commands', parts.grouped(commands)),
      fact('Transfers', parts.grouped(transfers)),
      fact('To client', parts.shortBytes(row[12])),
      fact('To server', parts.shortBytes(row[13])),
      fact('Control', (row[15] & 1) === 1 ? 'opaque at times' : 'clear'),
      fact('End', textAt(end) || 'not in the log'),
      ...(codes === '' ? [] : [fact('Reasons', codes, row[14] > 0 ? 'refusal' : '')]),
    ]
  }

  function headElements(story: PageStory): readonly PageElement[] {
    const heads = [
      ['client', 'Client', story.client],
      ['proxy', 'Portcullis', ''],
      ['server', 'Server', story.server],
    ] as const
    return heads.map(([className, name, address]) => {
      const head = element('div', `actor ${className}`, '')
      head.append(element('b', '', name), element('span', 'mono', address))
      return head
    })
  }

  function storyElements(text: string, name: string): readonly PageElement[] {
    if (text === '')
      return [
        element(
          'p',
          'left-out',
          'The ladder of this session is left out to keep the report small. ' +
            `It can be had with: portcullis audit session ${name} LOG`,
        ),
      ]
    const story = JSON.parse(text) as PageStory
    elements.heads.replaceChildren(...headElements(story))
    const drawn = ladderElement(
      parts.ladderLayout(story, parts.makeLadderCanvas(), bytesText),
      name,
    )
    return story.omitted === 0
      ? [drawn]
      : [
          drawn,
          element('p', 'left-out', `${parts.grouped(story.omitted)} more records are left out.`),
        ]
  }

  return (place) => {
    const row = data.rows[place]
    if (row === undefined) return
    const text = stories[place] ?? ''
    elements.title.textContent = row[0]
    elements.heads.replaceChildren()
    elements.ladder.replaceChildren(...storyElements(text, row[0]))
    const profile = text === '' ? '' : (JSON.parse(text) as PageStory).profile
    elements.facts.replaceChildren(...factElements(row, profile))
    elements.ladder.scrollTop = 0
    if (!elements.dialog.open) elements.dialog.showModal()
  }
}
