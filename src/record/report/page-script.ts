/**
 * The script of a report. Its parts are ordinary functions of this program, checked, linted and
 * tested like all others; what goes into the page is their own text, as the compiler left it. So
 * there is no bundler, no file to find at run time and nothing that packaging could forget. The
 * price: such a function uses nothing but the language, its arguments and what is inside it.
 */
import { grouped, shortBytes } from '../audit/quantity.ts'
import { makeLadderCanvas } from './page/ladder-canvas.ts'
import { ladderLayout } from './page/ladder-layout.ts'
import { listWindow } from './page/list-window.ts'
import { makeSessionDetail } from './page/session-detail.ts'
import { makeSessionList } from './page/session-list.ts'
import { makeSearch } from './page/session-search.ts'
import { startReport } from './page/start-report.ts'

type Part = (...args: never[]) => unknown

const PARTS: Readonly<Record<string, Part>> = {
  grouped,
  shortBytes,
  listWindow,
  makeLadderCanvas,
  ladderLayout,
  makeSearch,
  makeSessionList,
  makeSessionDetail,
}

export function pageScript(): string {
  const parts = Object.entries(PARTS).map(([name, part]) => `${name}: ${part.toString()}`)
  const text = `'use strict';\n(${startReport.toString()})(document, window, {\n${parts.join(',\n')}\n})\n`
  // Nothing in it may end the element that it stands in.
  if (/<\/script|<!--/i.test(text)) throw new Error('the script of the page would end its element')
  return text
}
