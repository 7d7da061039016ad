/** Which rows of a long list have to exist. Runs in the page: see `../page-script.ts`. */

export interface ListWindow {
  /** Inclusive. */
  readonly first: number
  /** Exclusive. */
  readonly last: number
}

export function listWindow(
  count: number,
  rowHeight: number,
  scrollTop: number,
  height: number,
): ListWindow {
  /** Beyond both edges, so that nothing is empty while the list is scrolled. */
  const BEYOND = 8
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - BEYOND)
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + BEYOND)
  return { first: Math.min(first, last), last }
}
