/** Bars as an SVG picture that reads on light and on dark pages. */
import type { Comparison } from '../comparison.ts'
import { formatNumber } from './table.ts'

const WIDTH = 760
const LABEL_WIDTH = 190
const VALUE_WIDTH = 90
const BAR_HEIGHT = 16
const ROW_HEIGHT = 22
const TITLE_HEIGHT = 40
const OWN = 'Portcullis'

/** One group of bars for each comparison, longest first where more is better. */
export function drawChart(comparisons: readonly Comparison[]): string {
  let top = 0
  const groups = comparisons.map((comparison) => {
    const group = drawGroup(comparison, top)
    top += TITLE_HEIGHT + comparison.rows.length * ROW_HEIGHT
    return group
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + 10}" viewBox="0 0 ${WIDTH} ${top + 10}" role="img" aria-label="Portcullis and other FTP proxies, measured side by side">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#57606a}.title{font-weight:600}.own{fill:#0969da}.other{fill:#afb8c1}</style>',
    ...groups,
    '</svg>',
    '',
  ].join('\n')
}

function drawGroup({ title, figure, isMoreBetter, rows }: Comparison, top: number): string {
  const bars = rows
    .map(({ peer, figures }) => ({ peer, value: figures[figure] ?? 0 }))
    .toSorted((a, b) => (isMoreBetter ? b.value - a.value : a.value - b.value))
  const most = Math.max(...bars.map(({ value }) => value))
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
  const better = isMoreBetter ? 'more is better' : 'less is better'
  return [
    `<text class="title" x="0" y="${top + 24}">${escapeText(title)}: ${escapeText(figure)}, ${better}</text>`,
    ...bars.map(({ peer, value }, at) => {
      const y = top + TITLE_HEIGHT + at * ROW_HEIGHT - 6
      const width = Math.max(1, Math.round((room * value) / most))
      const kind = peer.startsWith(OWN) ? 'own' : 'other'
      return [
        `<text x="${LABEL_WIDTH - 10}" y="${y + 13}" text-anchor="end">${escapeText(peer)}</text>`,
        `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>`,
        `<text x="${LABEL_WIDTH + width + 8}" y="${y + 13}">${formatNumber(value)}</text>`,
      ].join('\n')
    }),
  ].join('\n')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
