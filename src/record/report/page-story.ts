/** A {@link SessionStory} in the form that a report carries. */
import { describeEntry } from '../audit/describe.ts'
import type {
  ControlLine,
  DataConnection,
  Handshake,
  OpaqueStretch,
  PinholeLife,
  Rewrite,
  SessionStory,
} from '../audit/session-story.ts'
import { announcement, seconds, verdictText } from '../ladder-text.ts'
import type { Side } from '../../engine/session/event.ts'
import { unreachable } from '../../net/unreachable.ts'
import { visible } from './html-text.ts'
import type { PageEvent, PageOutcome, PageSide, PageStory } from './page-data.ts'

/** A log of another hand may hold texts of any length. */
const TEXT_MAX = 600

const OUTCOMES: Readonly<Record<ControlLine['outcome'], PageOutcome>> = {
  forwarded: 0,
  answered: 1,
  refused: 2,
}
const SECRET_VERBS: ReadonlySet<string> = new Set(['PASS', 'ACCT', 'ADAT'])

/** The end of something that began with `opening`. */
interface Placed {
  readonly event: PageEvent
  readonly opening: PageEvent
  /** What it comes behind if both share a millisecond. */
  readonly use?: PageEvent | undefined
}

export function pageStory(story: SessionStory): PageStory {
  const begin = Date.parse(story.firstTime)
  const at = (time: string): number => Math.max(0, Date.parse(time) - begin)
  const events: PageEvent[] = []
  const ends: Placed[] = []
  const attached = new Set(story.lines.map(({ rewrite }) => rewrite))
  /** By pinhole: its last data connection, which comes first within one millisecond. */
  const lastUse = new Map<string, PageEvent>()
  const closings: {
    readonly life: PinholeLife
    readonly opening: PageEvent
    readonly id: number
  }[] = []
  for (const [id, event] of story.events.entries()) {
    switch (event.kind) {
      case 'line':
        events.push(lineEvent(event, at(event.time)))
        break
      case 'rewrite':
        if (!attached.has(event)) events.push(rewriteEvent(event, at(event.time)))
        break
      case 'verdict': {
        const { verdict } = event.record
        const isNote = verdict === 'note' || verdict === 'permit'
        const { verb, argument } = event.record
        const about = [verb, argument].filter((text) => text !== undefined).join(' ')
        const said = verdictText(event.record)
        const text = about === '' ? said : `${about} · ${said}`
        events.push(['v', at(event.time), clean(text), isNote ? 0 : 1])
        break
      }
      case 'handshake':
        events.push(handshakeEvent(event, at(event.time)))
        break
      case 'opaque': {
        const opening: PageEvent = ['o', at(event.time), opaqueText(event)]
        events.push(opening)
        ends.push(...clearings(event, at).map((each) => ({ event: each, opening })))
        break
      }
      case 'pinhole': {
        const opening = pinholeEvent(event, at(event.time), id)
        events.push(opening)
        closings.push({ life: event, opening, id })
        break
      }
      case 'data': {
        const opening = dataEvent(event, at(event.time), id)
        events.push(opening)
        // Connections through a static range are called `p0:60001`.
        lastUse.set(event.name.split(':', 1)[0] ?? '', opening)
        const { closed } = event
        if (closed !== undefined)
          ends.push({ event: dataEndEvent(event.name, closed, at, id), opening })
        break
      }
      default:
        unreachable(event)
    }
  }
  for (const { life, opening, id } of closings)
    if (life.closed !== undefined)
      ends.push({
        event: pinholeEndEvent(life, life.closed, at, id),
        opening,
        use: lastUse.get(life.name),
      })
  return {
    client: clean(story.client),
    server: clean(story.server),
    profile: clean(story.opened?.profile ?? ''),
    events: withEnds(events, ends),
    omitted: story.omitted,
  }
}

/**
 * Puts the ends of pinholes, data connections and opaque stretches among the events: each where its
 * time says, as early as its beginning allows where several things share a millisecond.
 */
function withEnds(events: readonly PageEvent[], ends: readonly Placed[]): readonly PageEvent[] {
  const places = new Map(events.map((event, index) => [event, index]))
  /** By the number of events in front. */
  const insertions = new Map<number, PageEvent[]>()
  for (const { event, opening, use } of ends.toSorted((a, b) => a.event[1] - b.event[1])) {
    const behind = (before: PageEvent): number => (places.get(before) ?? -1) + 1
    const time = event[1]
    // A pinhole for one connection closes when that arrives, which may be long before the
    // connection to the other side stands.
    const earliest = use !== undefined && use[1] <= time ? behind(use) : behind(opening)
    const place = Math.max(earliest, countBefore(events, time))
    const there = insertions.get(place)
    if (there === undefined) insertions.set(place, [event])
    else there.push(event)
  }
  const all: PageEvent[] = []
  for (let index = 0; index <= events.length; index++) {
    all.push(...(insertions.get(index) ?? []))
    const event = events[index]
    if (event !== undefined) all.push(event)
  }
  return all
}

/** How many events were before the millisecond `at`; times do not go back. */
function countBefore(events: readonly PageEvent[], at: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle]?.[1] ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}

function lineEvent(line: ControlLine, at: number): PageEvent {
  const { rewrite } = line
  const told = rewrite === undefined ? '' : clean(announcement(rewrite.as, rewrite.after))
  const text = clean(
    rewrite === undefined ? lineText(line) : announcement(rewrite.form, rewrite.before),
  )
  return line.from === 'client'
    ? ['c', at, text, OUTCOMES[line.outcome], told]
    : ['r', at, text, line.isLocal ? 1 : 0, told]
}

function lineText({ from, verb = '', code, text, lines }: ControlLine): string {
  if (from === 'client')
    return SECRET_VERBS.has(verb) ? `${verb} (never recorded)` : [verb, text].join(' ').trim()
  const more = lines > 1 ? ` (${lines} lines)` : ''
  return `${code ?? ''} ${text ?? ''}${more}`.trim()
}

function rewriteEvent({ from, form, as, before, after }: Rewrite, at: number): PageEvent {
  return ['w', at, sideOf(from), clean(announcement(form, before)), clean(announcement(as, after))]
}

function handshakeEvent({ record }: Handshake, at: number): PageEvent {
  const { time, seq, type, session } = record
  const { text } = describeEntry({ time, seq, type, session, fields: {}, record })
  const isBad = type === 'tls.alert' && record.level === 'fatal'
  const title = type.replace('tls.', 'TLS ')
  return [
    'h',
    at,
    sideOf(record.side),
    clean(`${title}: ${text.replace(/^(?:client|server) /, '')}`),
    isBad ? 1 : 0,
  ]
}

function opaqueText({
  mechanism,
  version,
  cipher,
  isResumed,
  isNullCipher,
}: OpaqueStretch): string {
  const parts = [
    mechanism,
    version,
    cipher,
    isResumed ? 'resumed' : undefined,
    isNullCipher ? 'encrypts nothing' : undefined,
  ]
  return clean(parts.filter((part) => part !== undefined).join(' · '))
}

function clearings(stretch: OpaqueStretch, at: (time: string) => number): readonly PageEvent[] {
  const { clientClear, serverClear } = stretch
  return [[clientClear, 0 as PageSide] as const, [serverClear, 1 as PageSide] as const].flatMap(
    ([clear, side]): PageEvent[] => {
      if (clear === undefined) return []
      const { closeNotify } = clear
      const farewell =
        closeNotify === undefined ? '' : closeNotify ? ', close_notify' : ', no close_notify'
      return [['x', at(clear.time), side, `clear again${farewell}`]]
    },
  )
}

function pinholeEvent(life: PinholeLife, at: number, id: number): PageEvent {
  const { name, mode, peer, listening, dial, rule, ttlMs, isRange } = life
  const terms = [
    isRange ? 'static range' : undefined,
    rule === undefined ? undefined : `rule ${rule}`,
    ttlMs === undefined ? undefined : `at most ${ttlMs / 1000} s`,
  ]
  return [
    'p',
    at,
    id,
    clean(name),
    mode === 'passive' ? 0 : 1,
    clean(listening),
    clean(dial),
    clean(`only ${peer}`),
    clean(terms.filter((term) => term !== undefined).join(' · ')),
  ]
}

function pinholeEndEvent(
  { name, time, uses, isRange }: PinholeLife,
  closed: NonNullable<PinholeLife['closed']>,
  at: (time: string) => number,
  id: number,
): PageEvent {
  const times = isRange && uses.length > 1 ? `, ${uses.length} times` : ''
  const life = seconds(Math.max(0, at(closed.time) - at(time)))
  return ['q', at(closed.time), id, clean(name), clean(`${closed.reason}${times} after ${life}`)]
}

function dataEvent(connection: DataConnection, at: number, id: number): PageEvent {
  const { name, mode, verb, path, from, to } = connection
  const what = verb === undefined ? 'data connection' : [verb, path].join(' ').trim()
  const side = mode === 'passive' ? 0 : 1
  return ['d', at, id, clean(name), side, clean(what), clean(from), clean(to)]
}

function dataEndEvent(
  name: string,
  closed: NonNullable<DataConnection['closed']>,
  at: (time: string) => number,
  id: number,
): PageEvent {
  const { time, toClientBytes, toServerBytes, durationMs, cause } = closed
  const isBad = cause !== 'end'
  const text = isBad ? `${seconds(durationMs)}, ended: ${cause}` : seconds(durationMs)
  return ['e', at(time), id, clean(name), toClientBytes, toServerBytes, text, isBad ? 1 : 0]
}

function sideOf(side: Side): PageSide {
  return side === 'client' ? 0 : 1
}

function clean(text: string): string {
  const shown = visible(text)
  return shown.length > TEXT_MAX ? `${shown.slice(0, TEXT_MAX)}…` : shown
}
