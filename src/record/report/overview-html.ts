/** The upper half of a report: totals, the chart over time, and who and what comes first. */
import { REASONS } from '../../engine/session/reason.ts'
import { grouped, shortBytes } from '../audit/quantity.ts'
import type { SummaryReport, SummaryRow } from '../audit/summary.ts'
import { escapeHtml } from './html-text.ts'
import type { ReportModel } from './report-builder.ts'
import { hitsOf, type RuleHit } from './rule-hits.ts'
import { stepText, timelineSvg } from './timeline-svg.ts'

/** Rows of a card. */
const TOP = 6

export function overviewHtml(model: ReportModel): string {
  return `${tiles(model)}${chart(model)}<div class="cards">${[
    clientsCard(model.clients),
    rulesCard(model.rules),
    reasonsCard(model.reasons),
  ].join('')}</div>`
}

function tiles({ total, opaqueSessions, clients }: ReportModel): string {
  const clientCount = clients.rows.length + clients.otherKeys
  const share =
    opaqueSessions === 0 ? '' : `${Math.round((100 * opaqueSessions) / total.sessions)} %`
  const tile = (name: string, value: string, aside = '', className = ''): string =>
    `<div class="tile ${className}"><dt>${name}</dt><dd>${value}` +
    `${aside === '' ? '' : ` <small>${aside}</small>`}</dd></div>`
  return `<dl class="tiles card">${[
    tile('Sessions', grouped(total.sessions)),
    tile('Refusals', grouped(total.refusals), '', total.refusals > 0 ? 'refusal' : ''),
    tile('Opaque sessions', grouped(opaqueSessions), share, opaqueSessions > 0 ? 'security' : ''),
    tile('Clients', `${clients.isExact ? '' : 'about '}${grouped(clientCount)}`),
    tile('Commands', grouped(total.commands)),
    tile('Transfers', grouped(total.transfers)),
    tile('To clients', shortBytes(total.toClient)),
    tile('To servers', shortBytes(total.toServer)),
  ].join('')}</dl>`
}

function chart({ timeline }: ReportModel): string {
  const body =
    timeline.buckets.length === 0 ? '<p class="empty">Nothing happened.</p>' : timelineSvg(timeline)
  return (
    '<section class="card" aria-labelledby="chart-title"><div class="head">' +
    '<h2 id="chart-title">Sessions and refusals over time</h2>' +
    '<span class="legend"><span><i class="up"></i>sessions</span>' +
    '<span><i class="down"></i>refusals</span></span>' +
    `<span class="note">a bar is ${stepText(timeline.stepMs)} · click one to list its sessions</span>` +
    `</div>${body}</section>`
  )
}

function clientsCard({ rows, otherKeys, others }: SummaryReport): string {
  const most = Math.max(1, ...rows.map(({ sessions, refusals }) => sessions + refusals))
  const items = rows.map((row) =>
    item({
      name: row.key ?? 'unknown',
      token: row.key === undefined ? undefined : `client:"${row.key}"`,
      value: grouped(row.sessions),
      of: clientText(row),
      isCode: true,
      parts: [
        ['sessions', row.sessions / most],
        ['refusals', row.refusals / most],
      ],
    }),
  )
  const rest =
    otherKeys === 0 ? '' : `${grouped(otherKeys)} more with ${plural(others.sessions, 'session')}`
  return card('Top clients', 'sessions', items, rest, 'No client came.')
}

function clientText({ transfers, toClient, toServer, refusals }: SummaryRow): string {
  return [
    plural(transfers, 'transfer'),
    shortBytes(toClient + toServer),
    ...(refusals > 0 ? [plural(refusals, 'refusal')] : []),
  ].join(' · ')
}

function rulesCard(rules: readonly RuleHit[]): string {
  const most = Math.max(1, ...rules.map(hitsOf))
  const items = rules.slice(0, TOP).map((hit) =>
    item({
      name: hit.rule,
      token: `rule:"${hit.rule}"`,
      value: grouped(hitsOf(hit)),
      of: (['sessions', 'pinholes', 'refusals'] as const)
        .filter((what) => hit[what] > 0)
        .map((what) => plural(hit[what], what.slice(0, -1)))
        .join(' · '),
      isCode: false,
      parts: (['sessions', 'pinholes', 'refusals'] as const).map((what) => [
        what,
        hit[what] / most,
      ]),
    }),
  )
  const rest = rules.length > TOP ? `${grouped(rules.length - TOP)} more rules` : ''
  return card('Rules', 'hits', items, rest, 'No rule decided anything.')
}

function reasonsCard({ rows, otherKeys, others }: SummaryReport): string {
  const refused = rows.filter(({ refusals }) => refusals > 0)
  const most = Math.max(1, ...refused.map(({ refusals }) => refusals))
  const items = refused.map(({ key = '', refusals }) =>
    item({
      name: key,
      token: `reason:"${key}"`,
      value: grouped(refusals),
      of: Object.hasOwn(REASONS, key) ? REASONS[key as keyof typeof REASONS] : 'not known here',
      isCode: true,
      parts: [['refusals', refusals / most]],
    }),
  )
  const rest =
    otherKeys === 0 ? '' : `${grouped(otherKeys)} more with ${plural(others.refusals, 'refusal')}`
  return card('Refusals by reason', 'refusals', items, rest, 'Nothing was refused.')
}

interface Item {
  readonly name: string
  /** What it makes the list of sessions show. */
  readonly token: string | undefined
  readonly value: string
  readonly of: string
  readonly isCode: boolean
  /** Parts of the bar, from 0 to 1 all together. */
  readonly parts: readonly (readonly [className: string, share: number])[]
}

function item({ name, token, value, of, isCode, parts }: Item): string {
  let x = 0
  const rects = parts.map(([className, share]) => {
    const width = Math.min(100 - x, 100 * share)
    const rect = `<rect class="${className}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="4"/>`
    x += width
    return rect
  })
  const pick = token === undefined ? '' : ` data-token="${escapeHtml(token)}"`
  return (
    `<li><button type="button"${pick}>` +
    `<span class="name${isCode ? ' mono' : ''}">${escapeHtml(name)}</span><b>${value}</b>` +
    '<svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">' +
    `${rects.join('')}</svg><span class="of">${escapeHtml(of)}</span></button></li>`
  )
}

function card(
  title: string,
  unit: string,
  items: readonly string[],
  rest: string,
  nothing: string,
): string {
  const body =
    items.length === 0
      ? `<p class="empty">${nothing}</p>`
      : `<ul class="ranking">${items.join('')}` +
        `${rest === '' ? '' : `<li class="others">${rest}</li>`}</ul>`
  return (
    `<section class="card"><div class="head"><h2>${title}</h2>` +
    `<span class="note">${unit}</span></div>${body}</section>`
  )
}

function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}
