/**
 * What each event of a session looks like on its ladder: commands and replies as arrows, rewrites
 * with what was announced and what was told, pinholes and data connections as bars as long as they
 * live, and shade over what nobody could read. Runs in the page: see `../page-script.ts`.
 */
import type { PageEvent, PageSide, PageStory } from '../page-data.ts'
import type { LadderCanvas, LadderDrawing, Shape } from './ladder-canvas.ts'

type EventOf<K extends PageEvent[0]> = Extract<PageEvent, readonly [K, ...unknown[]]>

export function ladderLayout(
  story: PageStory,
  canvas: LadderCanvas,
  bytesText: (bytes: number) => string,
): LadderDrawing {
  const { across, beside, chip, row } = canvas
  const CROSS: Shape = {
    tag: 'path',
    attributes: { d: 'M436 16l10 10m0 -10l-10 10', class: 'cross' },
  }
  const other = (side: PageSide): PageSide => (side === 0 ? 1 : 0)

  /** What stands on both sides of a changed line. */
  function rewritten(from: PageSide, before: string, told: string): readonly Shape[] {
    return [
      beside(from, 14, 'rewrite', before),
      beside(other(from), 14, 'rewrite told', told),
      ...across(from, 21, 'rewrite'),
      ...chip(21, 'rewritten', 'rewrite'),
    ]
  }

  function command(event: EventOf<'c'>): void {
    const [, at, text, outcome, told] = event
    if (outcome === 0 && told !== '')
      row(at, 36, `client announces ${text}; the server is told ${told}`, rewritten(0, text, told))
    else if (outcome === 0)
      row(at, 30, `client: ${text}`, [beside(0, 14, 'command', text), ...across(0, 21, 'command')])
    else {
      const isRefused = outcome === 2
      const ink = isRefused ? 'refusal' : 'command'
      const end = isRefused ? 'refused here' : 'answered here'
      row(at, 30, `client: ${text}, ${end}`, [
        beside(0, 14, ink, text),
        ...canvas.toProxy(21, ink),
        ...(isRefused ? [CROSS] : []),
      ])
    }
  }

  function reply(event: EventOf<'r'>): void {
    const [, at, text, isLocal, told] = event
    const ink = /^[45]/.test(text) ? 'bad' : 'reply'
    if (isLocal === 1)
      row(at, 30, `Portcullis: ${text}`, [
        beside(0, 14, `${ink} local`, text),
        ...canvas.toClient(21, ink),
      ])
    else if (told !== '')
      row(at, 36, `server announces ${text}; the client is told ${told}`, rewritten(1, text, told))
    else row(at, 30, `server: ${text}`, [beside(1, 14, ink, text), ...across(1, 21, ink)])
  }

  function verdict(event: EventOf<'v'>): void {
    const [, at, text, isRefusal] = event
    const extra = canvas.chipExtra(text)
    row(at, 28 + extra, text, chip(13 + extra / 2, text, isRefusal === 1 ? 'refusal' : 'note'))
  }

  function pinhole(event: EventOf<'p'>): void {
    const [, at, id, name, listens, listening, dial, who, terms] = event
    canvas.begin(`p${id}`, 'pinhole', name, 8)
    row(at, 40, `pinhole ${name} opens: ${listening} leads to ${dial}, ${who}, ${terms}`, [
      beside(listens, 15, 'pinhole', `${name} open at ${listening}`),
      beside(other(listens), 15, 'pinhole', `leads to ${dial}`),
      beside(listens, 30, 'fine', who),
      beside(other(listens), 30, 'fine', terms),
    ])
  }

  function dataOpen(event: EventOf<'d'>): void {
    const [, at, id, name, from, what, fromEnd, toEnd] = event
    canvas.begin(`d${id}`, 'data', name, 24)
    row(at, 46, `data connection through ${name}: ${what}, from ${fromEnd} to ${toEnd}`, [
      beside(from, 16, 'data strong', what),
      ...across(from, 24, 'data'),
      beside(from, 38, 'fine', `from ${fromEnd}`),
      beside(other(from), 38, 'fine', `to ${toEnd}`),
    ])
  }

  function dataEnd(event: EventOf<'e'>): void {
    const [, at, id, name, toClientBytes, toServerBytes, text, isBad] = event
    const ways = [
      ...(toServerBytes > 0 || toClientBytes === 0 ? ([[0, toServerBytes]] as const) : []),
      ...(toClientBytes > 0 ? ([[1, toClientBytes]] as const) : []),
    ]
    const total = ways.map(
      ([from, bytes]) => `${bytesText(bytes)} to ${from === 0 ? 'server' : 'client'}`,
    )
    canvas.end(`d${id}`, 21)
    const ink = isBad === 1 ? 'refusal' : 'data'
    row(at, 36, `data connection of ${name} ends: ${total.join(', ')}, ${text}`, [
      ...ways.flatMap(([from, bytes], index) => [
        beside(from, 14, `${ink} strong`, bytesText(bytes)),
        ...across(from, 21 + 3 * index, `bytes ${ink}`),
      ]),
      ...(ways.length === 1
        ? [beside(other(ways[0]?.[0] ?? 0), 14, isBad === 1 ? 'refusal' : 'fine', text)]
        : []),
    ])
  }

  for (const event of story.events) {
    canvas.approach(event[1])
    switch (event[0]) {
      case 'c':
        command(event)
        break
      case 'r':
        reply(event)
        break
      case 'w':
        row(
          event[1],
          36,
          `announced ${event[3]}, told ${event[4]}`,
          rewritten(event[2], event[3], event[4]),
        )
        break
      case 'v':
        verdict(event)
        break
      case 'h': {
        const ink = event[4] === 1 ? 'refusal' : 'security'
        row(event[1], 30, event[3], [
          beside(event[2], 14, ink, event[3]),
          ...across(event[2], 21, ink),
        ])
        break
      }
      case 'o':
        canvas.shade()
        row(
          event[1],
          34,
          `opaque from here: ${event[2]}`,
          chip(18, `opaque from here · ${event[2]}`, 'security'),
        )
        break
      case 'x':
        canvas.unshade(event[2], 20)
        row(event[1], 30, `${event[2] === 0 ? 'client' : 'server'} ${event[3]}`, [
          beside(event[2], 16, 'security', event[3]),
        ])
        break
      case 'p':
        pinhole(event)
        break
      case 'q':
        canvas.end(`p${event[2]}`, 13)
        row(event[1], 24, `pinhole ${event[3]} closes: ${event[4]}`, [
          beside(0, 16, 'pinhole faint', `${event[3]} ${event[4]}`),
        ])
        break
      case 'd':
        dataOpen(event)
        break
      case 'e':
        dataEnd(event)
        break
      default:
    }
  }
  return canvas.drawing()
}
