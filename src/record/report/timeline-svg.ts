/** Sessions and refusals over time: bars upward and downward from one line. */
import { escapeHtml } from './html-text.ts'
import type { Bucket, TimelineReport } from './timeline.ts'

const WIDTH = 1000
const LEFT = 44
const RIGHT = 8
const UP = 120
const DOWN = 44
const TOP = 14
const AXIS = 26
const HEIGHT = TOP + UP + DOWN + AXIS
const LABELS_MAX = 7
const BAR_MAX = 26
const MINUTE = 60_000
const DAY = 86_400_000

export function timelineSvg({ stepMs, buckets }: TimelineReport): string {
  const sessionsMost = Math.max(1, ...buckets.map(({ sessions }) => sessions))
  const refusalsMost = Math.max(0, ...buckets.map(({ refusals }) => refusals))
  // One scale for both, so that a bar of either colour means as many.
  const each = Math.min(UP / sessionsMost, refusalsMost === 0 ? Infinity : DOWN / refusalsMost)
  const pitch = (WIDTH - LEFT - RIGHT) / Math.max(1, buckets.length)
  const zero = TOP + UP
  const bars = buckets
    .map((bucket, index) => barOf(bucket, stepMs, { x: LEFT + index * pitch, pitch, zero, each }))
    .join('')
  const peak = zero - sessionsMost * each
  const scale =
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(peak)}" y2="${round(peak)}"/>` +
    `<text class="tick end" x="${LEFT - 8}" y="${round(peak + 4)}">${sessionsMost}</text>` +
    `<text class="tick end" x="${LEFT - 8}" y="${zero + 4}">0</text>` +
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${zero}" y2="${zero}"/>`
  return (
    `<svg class="timeline" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="` +
    `Sessions and refusals over time, in steps of ${escapeHtml(stepText(stepMs))}">` +
    `${scale}${bars}${labels(buckets, stepMs, pitch)}</svg>`
  )
}

interface Place {
  readonly x: number
  readonly pitch: number
  readonly zero: number
  readonly each: number
}

function barOf({ from, sessions, refusals }: Bucket, stepMs: number, place: Place): string {
  if (sessions === 0 && refusals === 0) return ''
  const { x, pitch, zero, each } = place
  const width = Math.min(BAR_MAX, Math.max(1, pitch - Math.min(3, pitch / 4)))
  const left = x + (pitch - width) / 2
  // A single refusal among thousands of sessions has to be seen.
  const up = sessions === 0 ? 0 : Math.max(1.5, sessions * each)
  const down = refusals === 0 ? 0 : Math.max(3, refusals * each)
  const title = `${momentText(from, stepMs)} · ${sessions} sessions, ${refusals} refusals`
  return (
    `<g class="bucket" data-from="${from}" data-to="${from + stepMs}">` +
    `<title>${escapeHtml(title)}</title>` +
    `<rect class="hit" x="${round(x)}" y="${TOP}" width="${round(pitch)}" height="${UP + DOWN}"/>` +
    rect('up', left, zero - up, width, up) +
    rect('down', left, zero + 1, width, down) +
    '</g>'
  )
}

function rect(kind: string, x: number, y: number, width: number, height: number): string {
  if (height === 0) return ''
  const radius = Math.min(2, width / 2, height / 2)
  return (
    `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" ` +
    `height="${round(height)}" rx="${round(radius)}"/>`
  )
}

function labels(buckets: readonly Bucket[], stepMs: number, pitch: number): string {
  const every = Math.max(1, Math.ceil(buckets.length / LABELS_MAX))
  return buckets
    .map(({ from }, index) => {
      if (index % every !== 0 || index + every / 3 > buckets.length) return ''
      const x = round(LEFT + index * pitch)
      return `<text class="tick" x="${x}" y="${HEIGHT - 6}">${momentText(from, stepMs)}</text>`
    })
    .join('')
}

/** As exact as the steps are: UTC, like the log. */
function momentText(at: number, stepMs: number): string {
  const iso = new Date(at).toISOString()
  if (stepMs >= DAY) return iso.slice(0, 10)
  const date = iso.slice(5, 10)
  return `${date} ${stepMs < MINUTE ? iso.slice(11, 19) : iso.slice(11, 16)}`
}

/** `15 minutes`. */
export function stepText(stepMs: number): string {
  const units = [
    [DAY, 'day'],
    [60 * MINUTE, 'hour'],
    [MINUTE, 'minute'],
    [1000, 'second'],
  ] as const
  const [size, name] = units.find(([unit]) => stepMs >= unit) ?? [1000, 'second']
  const count = Math.round(stepMs / size)
  return count === 1 ? `one ${name}` : `${count} ${name}s`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
