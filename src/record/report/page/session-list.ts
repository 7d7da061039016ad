/**
 * The list of sessions: only rows that can be seen exist. Keys: arrows or j and k, Page Up and Down,
 * Home and End, Enter. Runs in the page: see `../page-script.ts`.
 */
import type { PageData, PageRow } from '../page-data.ts'
import type { PageDocument, PageElement, PageEventLike } from './dom.ts'
import type { ListWindow } from './list-window.ts'

export interface SessionList {
  show(places: readonly number[]): void
  /** Selects the neighbour and gives its place in the data. */
  step(by: number): number | undefined
  select(place: number): void
  focus(): void
  /** The room for the list may have changed. */
  refresh(): void
  /** Rows for a printer, which cannot scroll. */
  expand(isExpanded: boolean): void
}

export interface ListParts {
  readonly listWindow: (
    count: number,
    rowHeight: number,
    scrollTop: number,
    height: number,
  ) => ListWindow
  readonly shortBytes: (bytes: number) => string
}

export function makeSessionList(
  page: PageDocument,
  data: PageData,
  grid: PageElement,
  body: PageElement,
  parts: ListParts,
  onOpen: (place: number) => void,
): SessionList {
  /** As the style sheet has it. */
  const ROW_HEIGHT = 36
  const HEAD_HEIGHT = 36
  const PRINTED_MAX = 500
  let places: readonly number[] = []
  let selected = 0
  let isPrinting = false

  const textAt = (place: number): string => data.strings[place] ?? ''

  function cell(className: string, text: string): PageElement {
    const element = page.createElement('div')
    element.className = className
    element.setAttribute('role', 'gridcell')
    element.textContent = text
    return element
  }

  function tag(className: string, text: string): PageElement {
    const element = page.createElement('span')
    element.className = `tag ${className}`
    element.textContent = text
    return element
  }

  function duration(milliseconds: number): string {
    if (milliseconds < 1000) return `${milliseconds} ms`
    if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
    const minutes = Math.floor(milliseconds / 60_000)
    if (minutes < 60) return `${minutes} min ${Math.floor((milliseconds % 60_000) / 1000)} s`
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  }

  function rowElement(index: number, row: PageRow): PageElement {
    const [, startMs, durationMs, client, , server, user, rule, , , , transfers] = row
    const element = page.createElement('div')
    element.id = `row-${index}`
    element.className = 'row'
    element.setAttribute('role', 'row')
    element.setAttribute('aria-rowindex', String(index + 2))
    element.setAttribute('aria-selected', String(index === selected))
    element.setAttribute('data-index', String(index))
    element.style.transform = isPrinting ? 'none' : `translateY(${index * ROW_HEIGHT}px)`
    const time = new Date(data.base + startMs).toISOString()
    const state = cell('state', '')
    if ((row[15] & 1) === 1) state.append(tag('opaque', 'opaque'))
    if (row[14] > 0) state.append(tag('refused', `${row[14]} refused`))
    else if (row[16].length > 0) state.append(tag('noted', 'noted'))
    if ((row[15] & 2) === 2) state.append(tag('unended', 'no end'))
    element.append(
      cell('time', `${time.slice(0, 10)} ${time.slice(11, 19)}`),
      cell('mono', textAt(client)),
      cell('mono', textAt(server)),
      cell('user', textAt(user)),
      cell('rule', textAt(rule)),
      cell('number', String(transfers)),
      cell('number', parts.shortBytes(row[12] + row[13])),
      cell('number', duration(durationMs)),
      state,
    )
    return element
  }

  function draw(): void {
    const { first, last } = isPrinting
      ? { first: 0, last: Math.min(places.length, PRINTED_MAX) }
      : parts.listWindow(places.length, ROW_HEIGHT, grid.scrollTop, grid.clientHeight)
    const elements: PageElement[] = []
    for (let index = first; index < last; index++) {
      const row = data.rows[places[index] ?? -1]
      if (row !== undefined) elements.push(rowElement(index, row))
    }
    body.replaceChildren(...elements)
    const isDrawn = selected >= first && selected < last
    if (isDrawn) grid.setAttribute('aria-activedescendant', `row-${selected}`)
    else grid.removeAttribute('aria-activedescendant')
  }

  function moveTo(index: number): void {
    selected = Math.max(0, Math.min(places.length - 1, index))
    const top = selected * ROW_HEIGHT
    const room = grid.clientHeight - HEAD_HEIGHT
    if (top < grid.scrollTop) grid.scrollTop = top
    else if (top + ROW_HEIGHT > grid.scrollTop + room) grid.scrollTop = top + ROW_HEIGHT - room
    draw()
  }

  function openSelected(): void {
    const place = places[selected]
    if (place !== undefined) onOpen(place)
  }

  function pressed(event: PageEventLike): void {
    if (event.altKey === true || event.ctrlKey === true || event.metaKey === true) return
    if (event.target !== grid) return
    const pageRows = Math.max(1, Math.floor(grid.clientHeight / ROW_HEIGHT) - 2)
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: selected + 1,
      j: selected + 1,
      ArrowUp: selected - 1,
      k: selected - 1,
      PageDown: selected + pageRows,
      PageUp: selected - pageRows,
      Home: 0,
      End: places.length - 1,
    }
    const key = event.key ?? ''
    const target = Object.hasOwn(targets, key) ? targets[key] : undefined
    if (target === undefined && key !== 'Enter') return
    event.preventDefault()
    if (target === undefined) openSelected()
    else moveTo(target)
  }

  grid.addEventListener('scroll', draw)
  grid.addEventListener('keydown', pressed)
  body.addEventListener('click', (event) => {
    const index = event.target?.closest('.row')?.dataset['index']
    if (index === undefined) return
    moveTo(Number(index))
    openSelected()
  })

  return {
    show(found) {
      places = found
      selected = 0
      grid.scrollTop = 0
      grid.setAttribute('aria-rowcount', String(found.length + 1))
      body.style.height = `${found.length * ROW_HEIGHT}px`
      draw()
    },
    step(by) {
      const before = selected
      moveTo(selected + by)
      return selected === before ? undefined : places[selected]
    },
    select(place) {
      const index = places.indexOf(place)
      if (index !== -1) moveTo(index)
    },
    focus() {
      grid.focus()
    },
    refresh() {
      draw()
    },
    expand(isExpanded) {
      isPrinting = isExpanded
      draw()
    },
  }
}
