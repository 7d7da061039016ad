/**
 * As much of a browser as the page's script uses. The library of the whole DOM would be there for
 * every other file too, and put names such as `event`, `name` and `close` into its scope.
 */

export interface PageElement {
  id: string
  textContent: string | null
  className: string
  hidden: boolean
  scrollTop: number
  readonly clientHeight: number
  readonly style: { height: string; transform: string }
  readonly dataset: Readonly<Record<string, string | undefined>>
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  append(...children: readonly (PageElement | string)[]): void
  replaceChildren(...children: readonly PageElement[]): void
  addEventListener(type: string, listener: (event: PageEventLike) => void): void
  querySelectorAll(selector: string): Iterable<PageElement>
  closest(selector: string): PageElement | null
  focus(): void
}

export interface PageInput extends PageElement {
  value: string
}

export interface PageDialog extends PageElement {
  readonly open: boolean
  showModal(): void
  close(): void
}

/** What listeners read of the event they get. */
export interface PageEventLike {
  readonly target: PageElement | null
  readonly key?: string
  readonly altKey?: boolean
  readonly ctrlKey?: boolean
  readonly metaKey?: boolean
  preventDefault(): void
}

export interface PageDocument {
  readonly documentElement: PageElement
  readonly activeElement: PageElement | null
  createElement(tag: string): PageElement
  createElementNS(namespace: string, tag: string): PageElement
  getElementById(id: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
  addEventListener(type: string, listener: (event: PageEventLike) => void): void
}

export interface PageWindow {
  readonly location: { hash: string; readonly pathname: string; readonly search: string }
  readonly history: { replaceState(state: null, unused: string, url: string): void }
  addEventListener(type: string, listener: (event: PageEventLike) => void): void
}
