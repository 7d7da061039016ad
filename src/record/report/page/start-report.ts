/** Brings the page to life. Runs in the page: see `../page-script.ts`. */
import type { PageData } from '../page-data.ts'
import type {
  PageDialog,
  PageDocument,
  PageElement,
  PageEventLike,
  PageInput,
  PageWindow,
} from './dom.ts'
import type { DetailElements, DetailParts } from './session-detail.ts'
import type { ListParts, SessionList } from './session-list.ts'
import type { SearchState, SortKey } from './session-search.ts'

export interface ReportParts extends DetailParts, ListParts {
  readonly makeSearch: (data: PageData) => (state: SearchState) => readonly number[]
  readonly makeSessionList: (
    page: PageDocument,
    data: PageData,
    grid: PageElement,
    body: PageElement,
    parts: ListParts,
    onOpen: (place: number) => void,
  ) => SessionList
  readonly makeSessionDetail: (
    page: PageDocument,
    data: PageData,
    stories: readonly string[],
    elements: DetailElements,
    parts: DetailParts,
  ) => (place: number) => void
}

export function startReport(page: PageDocument, view: PageWindow, parts: ReportParts): void {
  const byId = (id: string): PageElement => {
    const element = page.getElementById(id)
    if (element === null) throw new Error(`the page has no ${id}`)
    return element
  }
  const input = (id: string): PageInput => byId(id) as PageInput
  const data = JSON.parse(byId('report-data').textContent ?? '') as PageData
  // A line for each session, parsed when it is opened: this is most of the page.
  const stories = (byId('report-stories').textContent ?? '').split('\n').slice(1)
  const search = parts.makeSearch(data)
  const dialog = byId('detail') as PageDialog
  const headers = [...page.querySelectorAll('#grid [role=columnheader]')]
  let sort: SortKey = 'time'
  let isDescending = true
  const show = parts.makeSessionDetail(
    page,
    data,
    stories,
    {
      dialog,
      title: byId('detail-title'),
      facts: byId('detail-facts'),
      heads: byId('detail-heads'),
      ladder: byId('detail-ladder'),
    },
    parts,
  )
  const list = parts.makeSessionList(page, data, byId('grid'), byId('rows'), parts, open)

  function setHash(hash: string): void {
    const { pathname, search: query } = view.location
    view.history.replaceState(null, '', hash === '' ? `${pathname}${query}` : hash)
  }

  function open(place: number): void {
    const name = data.rows[place]?.[0] ?? ''
    show(place)
    setHash(`#session=${encodeURIComponent(name)}`)
  }

  /** The fields hold UTC, which is what the log has. */
  function moment(id: string): number | undefined {
    const { value } = input(id)
    const at = value === '' ? NaN : Date.parse(`${value}Z`)
    return Number.isNaN(at) ? undefined : at
  }

  function apply(): void {
    const found = search({
      query: input('query').value,
      verdict: input('verdict').value as SearchState['verdict'],
      channel: input('channel').value as SearchState['channel'],
      from: moment('from'),
      to: moment('to'),
      sort,
      isDescending,
    })
    list.show(found)
    const all = parts.grouped(data.rows.length)
    byId('count').textContent =
      found.length === data.rows.length ? `${all}` : `${parts.grouped(found.length)} of ${all}`
    byId('nothing').hidden = found.length > 0
    for (const header of headers) {
      const isSorted = header.dataset['sort'] === sort
      header.setAttribute(
        'aria-sort',
        isSorted ? (isDescending ? 'descending' : 'ascending') : 'none',
      )
    }
  }

  function sortBy(key: SortKey): void {
    const isText = ['client', 'server', 'user', 'rule'].includes(key)
    isDescending = key === sort ? !isDescending : !isText
    sort = key
    apply()
  }

  function fieldText(milliseconds: number): string {
    return new Date(milliseconds).toISOString().slice(0, 19)
  }

  function goToList(): void {
    apply()
    byId('sessions').focus()
  }

  function clicked(event: PageEventLike): void {
    const target = event.target
    const token = target?.closest('[data-token]')?.dataset['token']
    if (token !== undefined) {
      input('query').value = token
      goToList()
    }
    const bucket = target?.closest('.bucket')
    if (bucket !== undefined && bucket !== null) {
      input('from').value = fieldText(Number(bucket.dataset['from']))
      input('to').value = fieldText(Number(bucket.dataset['to']))
      goToList()
    }
    const key = target?.closest('[role=columnheader]')?.dataset['sort']
    if (key !== undefined) sortBy(key as SortKey)
  }

  function clear(): void {
    for (const id of ['query', 'verdict', 'channel', 'from', 'to']) input(id).value = ''
    apply()
  }

  function step(by: number): void {
    const place = list.step(by)
    if (place !== undefined) open(place)
  }

  function pressed(event: PageEventLike): void {
    if (event.altKey === true || event.ctrlKey === true || event.metaKey === true) return
    const isTyping = event.target?.closest('input, select') !== null
    if (dialog.open) {
      if (event.key === 'j') step(1)
      if (event.key === 'k') step(-1)
    } else if (event.key === '/' && !isTyping) {
      event.preventDefault()
      input('query').focus()
    }
  }

  function nextTheme(): void {
    const root = page.documentElement
    const button = byId('theme')
    const next: Readonly<Record<string, string>> = { auto: 'dark', dark: 'light', light: 'auto' }
    const theme = next[root.dataset['theme'] ?? 'auto'] ?? 'auto'
    root.setAttribute('data-theme', theme)
    button.textContent = `Theme: ${theme}`
  }

  function openFromHash(): void {
    const match = /^#session=(.+)$/.exec(view.location.hash)
    if (match === null) return
    const name = decoded(match[1] ?? '')
    const place = data.rows.findIndex(([session]) => session === name)
    if (place === -1) return
    list.select(place)
    show(place)
  }

  function decoded(text: string): string {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }

  for (const id of ['query', 'verdict', 'channel', 'from', 'to'])
    byId(id).addEventListener('input', apply)
  byId('filters').addEventListener('submit', (event) => {
    event.preventDefault()
    list.focus()
  })
  byId('clear').addEventListener('click', clear)
  byId('theme').addEventListener('click', nextTheme)
  byId('previous').addEventListener('click', () => step(-1))
  byId('next').addEventListener('click', () => step(1))
  byId('close').addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => {
    setHash('')
    list.focus()
  })
  page.addEventListener('click', clicked)
  page.addEventListener('keydown', pressed)
  view.addEventListener('resize', () => list.refresh())
  view.addEventListener('beforeprint', () => list.expand(true))
  view.addEventListener('afterprint', () => list.expand(false))
  view.addEventListener('hashchange', openFromHash)
  apply()
  openFromHash()
}
