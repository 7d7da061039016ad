/**
 * The report as one HTML file that loads nothing: style, script and data are inside, and the policy
 * at its top lets nothing else run or be fetched. It comes in pieces, because most of it is ladders.
 */
import { createHash } from 'node:crypto'
import { grouped } from '../audit/quantity.ts'
import { escapeHtml, jsonInHtml } from './html-text.ts'
import { overviewHtml } from './overview-html.ts'
import { pageScript } from './page-script.ts'
import type { ReportModel } from './report-builder.ts'
import { STYLE } from './style.ts'

export interface ReportLabels {
  /** What was read: names of files. */
  readonly source: string
  /** When it was made, if that is to be said. */
  readonly madeAt?: string | undefined
}

const LOGO =
  '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><path d="M4 29V14a12 12 0 0 1 24 0v15' +
  'M10 7v17l-2 3M16 3v24l0 2M22 7v17l2 3M5 13h22M4 20h24"/></svg>'

const COLUMNS = [
  ['time', 'Began (UTC)', ''],
  ['client', 'Client', ''],
  ['server', 'Server', ''],
  ['user', 'User', ''],
  ['rule', 'Rule', ''],
  ['transfers', 'Transfers', 'number'],
  ['bytes', 'Bytes', 'number'],
  ['duration', 'Lasted', 'number'],
  ['refusals', 'Verdicts', ''],
] as const

/** @yields pieces of the file, in order. */
export function* reportHtml(model: ReportModel, labels: ReportLabels): Generator<string> {
  const script = pageScript()
  yield headHtml(script)
  yield `<body><a class="skip" href="#sessions">Skip to the sessions</a><div class="page">`
  yield `${titleHtml(model, labels)}<main>${overviewHtml(model)}${sessionsHtml(model)}</main>`
  yield `<footer>Made by portcullis audit. This file loads nothing and sends nothing.</footer></div>`
  yield `${DIALOG}<script type="application/json" id="report-data">`
  yield jsonInHtml(model.shelf.data)
  yield '</script><script type="application/json" id="report-stories">'
  // Each is a line of JSON already.
  for (const story of model.shelf.stories) yield `\n${story.replace(/</g, '\\u003c')}`
  yield `</script><script>${script}</script></body></html>\n`
}

function headHtml(script: string): string {
  const policy = [
    "default-src 'none'",
    `style-src ${digest(STYLE)}`,
    `script-src ${digest(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">' +
    `<title>Portcullis report</title><style>${STYLE}</style></head>`
  )
}

/** What a policy calls text by that may stand in the page. */
function digest(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`
}

function titleHtml({ firstTime, lastTime }: ReportModel, labels: ReportLabels): string {
  const span =
    firstTime === '' ? 'no records' : `${momentText(firstTime)} to ${momentText(lastTime)} UTC`
  const made = labels.madeAt === undefined ? '' : ` · made ${momentText(labels.madeAt)} UTC`
  return (
    `<header class="top">${LOGO}<div class="grow"><h1>Portcullis report</h1>` +
    `<p>${escapeHtml(`${span} · ${labels.source}${made}`)}</p></div>` +
    '<button type="button" id="theme">Theme: auto</button></header>'
  )
}

function sessionsHtml(model: ReportModel): string {
  const headers = COLUMNS.map(
    ([key, title, className]) =>
      `<div role="columnheader" class="${className}" data-sort="${key}" aria-sort="none">` +
      `<button type="button">${title}</button></div>`,
  )
  return (
    '<section class="card sessions" id="sessions" tabindex="-1" aria-labelledby="sessions-title">' +
    '<div class="head"><h2 id="sessions-title">Sessions</h2><span id="count" role="status"></span>' +
    '<span class="keys"><kbd>/</kbd> search · <kbd>↑</kbd> <kbd>↓</kbd> or <kbd>j</kbd> ' +
    '<kbd>k</kbd> move · <kbd>Enter</kbd> opens · <kbd>Esc</kbd> closes</span></div>' +
    `${FILTERS}<div id="grid" role="grid" tabindex="0" aria-labelledby="sessions-title">` +
    `<div role="rowgroup"><div class="columns" role="row" aria-rowindex="1">${headers.join('')}` +
    '</div></div><div id="rows" role="rowgroup"></div>' +
    '<p id="nothing" hidden>No session is like that.</p></div>' +
    '<noscript><p class="empty">The list of sessions needs JavaScript.</p></noscript>' +
    `${limitsHtml(model)}</section>`
  )
}

const FILTERS =
  '<form id="filters" role="search" autocomplete="off"><input id="query" type="search" ' +
  'aria-label="Search sessions" spellcheck="false" ' +
  'placeholder="Search, or client:10.0.0.5 user:anna reason:rule.denied …">' +
  '<select id="verdict" aria-label="Verdict"><option value="">All verdicts</option>' +
  '<option value="refused">With refusals</option><option value="noted">With notes only</option>' +
  '<option value="clean">Nothing to remark</option></select>' +
  '<select id="channel" aria-label="Control connection"><option value="">Clear and opaque</option>' +
  '<option value="clear">Clear throughout</option><option value="opaque">Opaque at times</option>' +
  '</select><label class="span">from <input id="from" type="datetime-local" step="1"></label>' +
  '<label class="span">to <input id="to" type="datetime-local" step="1"></label>' +
  '<button type="button" id="clear">Clear</button></form>'

const DIALOG =
  '<dialog id="detail" aria-labelledby="detail-title"><div class="detail-head">' +
  '<h2 id="detail-title"></h2><button type="button" id="previous" title="Previous session (k)">' +
  '↑ Previous</button><button type="button" id="next" title="Next session (j)">↓ Next</button>' +
  '<button type="button" id="close" title="Close (Esc)">Close</button></div>' +
  '<dl id="detail-facts"></dl><div class="scroll" tabindex="0" autofocus role="region" aria-label="Ladder">' +
  '<div id="detail-heads"></div><div id="detail-ladder"></div></div></dialog>'

/** What is not in the page has to be said in the page. */
function limitsHtml({ shelf, limits }: ReportModel): string {
  const { droppedRows, droppedStories, shortened } = shelf
  const texts = [
    ...(droppedRows > 0
      ? [
          `The list has the latest ${grouped(limits.rowsMax)} sessions; ${grouped(droppedRows)} ` +
            'earlier ones are counted above only.',
        ]
      : []),
    ...(droppedStories > 0
      ? [`${grouped(droppedStories)} of the sessions listed are without a ladder.`]
      : []),
    ...(shortened > 0
      ? [
          `${grouped(shortened)} ladders end early: one has ${grouped(limits.eventsMax)} events ` +
            'at most.',
        ]
      : []),
  ]
  return texts.length === 0
    ? ''
    : `<p class="limits">${texts.join(' ')} Narrow the report with filters to see more.</p>`
}

function momentText(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`
}
