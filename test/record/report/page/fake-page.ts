/** As much of a document as the page's script uses, for tests without a browser. */
import type {
  PageDialog,
  PageDocument,
  PageElement,
  PageEventLike,
  PageInput,
  PageWindow,
} from '../../../../src/record/report/page/dom.ts'

type Listener = (event: PageEventLike) => void

export class FakeElement implements PageDialog, PageInput {
  id = ''
  className = ''
  hidden = false
  scrollTop = 0
  clientHeight = 400
  value = ''
  open = false
  readonly style: { height: string; transform: string } = { height: '', transform: '' }
  readonly attributes: Map<string, string> = new Map()
  readonly listeners: Map<string, Listener[]> = new Map()
  parent: FakeElement | undefined
  #children: (FakeElement | string)[] = []
  readonly tag: string
  readonly page: FakePage

  constructor(tag: string, page: FakePage) {
    this.tag = tag
    this.page = page
  }

  get children(): readonly FakeElement[] {
    return this.#children.filter((child) => typeof child !== 'string')
  }

  get textContent(): string {
    return this.#children
      .map((child) => (typeof child === 'string' ? child : child.textContent))
      .join('')
  }

  set textContent(text: string | null) {
    this.#children = text === null || text === '' ? [] : [text]
  }

  get dataset(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.attributes]
        .filter(([name]) => name.startsWith('data-'))
        .map(([name, value]) => [name.slice('data-'.length), value]),
    )
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value)
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name)
  }

  append(...children: readonly (PageElement | string)[]): void {
    for (const child of children) {
      if (child instanceof FakeElement) child.parent = this
      this.#children.push(child as FakeElement | string)
    }
  }

  replaceChildren(...children: readonly PageElement[]): void {
    this.#children = []
    this.append(...children)
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener])
  }

  /** Of selectors it knows `.class` and `[attribute]`, `[attribute=value]` and tags, by commas. */
  closest(selector: string): FakeElement | null {
    return this.#is(selector) ? this : (this.parent?.closest(selector) ?? null)
  }

  querySelectorAll(selector: string): readonly FakeElement[] {
    return this.children.flatMap((child) => [
      ...(child.#is(selector) ? [child] : []),
      ...child.querySelectorAll(selector),
    ])
  }

  focus(): void {
    this.page.activeElement = this
  }

  showModal(): void {
    if (this.open) throw new Error('the dialog is open already')
    this.open = true
  }

  close(): void {
    this.open = false
    this.page.fire('close', this)
  }

  #is(selector: string): boolean {
    return selector.split(', ').some((each) => {
      if (each.startsWith('.')) return this.className.split(' ').includes(each.slice(1))
      const match = /^\[([\w-]+)(?:=([\w-]+))?\]$/.exec(each)
      if (match === null) return this.tag === each
      const value = this.attributes.get(match[1] ?? '')
      return value !== undefined && (match[2] === undefined || value === match[2])
    })
  }
}

export class FakePage implements PageDocument {
  readonly documentElement: FakeElement = new FakeElement('html', this)
  activeElement: FakeElement | null = null
  readonly #listeners = new Map<string, Listener[]>()
  readonly #byId = new Map<string, FakeElement>()

  createElement(tag: string): FakeElement {
    return new FakeElement(tag, this)
  }

  createElementNS(_namespace: string, tag: string): FakeElement {
    return new FakeElement(tag, this)
  }

  /** Adds an element to the page. */
  add(id: string, tag: string = 'div', text: string = ''): FakeElement {
    const element = this.createElement(tag)
    element.id = id
    element.textContent = text
    this.#byId.set(id, element)
    this.documentElement.append(element)
    return element
  }

  getElementById(id: string): FakeElement | null {
    return this.#byId.get(id) ?? null
  }

  get(id: string): FakeElement {
    const element = this.#byId.get(id)
    if (element === undefined) throw new Error(`no ${id}`)
    return element
  }

  querySelectorAll(selector: string): readonly FakeElement[] {
    return this.documentElement.querySelectorAll(selector.replace(/^#\w+ /, ''))
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  /** An event at `target`, which goes up to the document. */
  fire(type: string, target: FakeElement, fields: Partial<PageEventLike> = {}): boolean {
    let isPrevented = false
    const event: PageEventLike = {
      ...fields,
      target,
      preventDefault: () => {
        isPrevented = true
      },
    }
    for (let at: FakeElement | undefined = target; at !== undefined; at = at.parent)
      for (const listener of at.listeners.get(type) ?? []) listener(event)
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
    return isPrevented
  }
}

export class FakeWindow implements PageWindow {
  readonly location = { hash: '', pathname: '/report.html', search: '' }
  readonly #listeners = new Map<string, Listener[]>()
  readonly history = {
    replaceState: (_state: null, _unused: string, url: string): void => {
      this.location.hash = url.startsWith('#') ? url : ''
    },
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  fire(type: string): void {
    const event = { target: null, preventDefault: () => undefined }
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }
}
