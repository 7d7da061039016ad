/**
 * Where everything of a ladder goes: client, Portcullis and server as columns, events as rows of
 * shapes. Pinholes and data connections are bars in the middle, as long as they live; what could
 * not be read is shaded. Runs in the page: see `../page-script.ts`.
 */
import type { PageEvent, PageSide, PageStory } from '../page-data.ts'

export interface Shape {
  readonly tag: 'line' | 'path' | 'rect' | 'text' | 'circle'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly text?: string
}

export interface LadderRow {
  /** The whole text, for those who listen and for what was cut. */
  readonly label: string
  readonly shapes: readonly Shape[]
}

export interface LadderDrawing {
  readonly width: number
  readonly height: number
  /** Columns, shades and bars, behind everything. */
  readonly background: readonly Shape[]
  readonly rows: readonly LadderRow[]
}

export function ladderLayout(
  story: PageStory,
  bytesText: (bytes: number) => string,
): LadderDrawing {
  const WIDTH = 1000
  const CLIENT = 84
  const LEFT = 430
  const RIGHT = 590
  const SERVER = 950
  const MIDDLE = (LEFT + RIGHT) / 2
  /** Characters that fit between two columns. */
  const GAP_CHARS = 48
  const CHIP_CHARS = 112
  const CHAR = 6.75
  const LANES = 5
  const LANE = (RIGHT - LEFT) / (LANES + 0.5)
  /** A pause that is worth some room. */
  const PAUSE_MS = 5000

  interface Bar {
    readonly lane: number
    readonly top: number
    readonly kind: 'pinhole' | 'data'
    readonly name: string
  }
  const rows: LadderRow[] = []
  const shades: Shape[] = []
  const bars: Shape[] = []
  const open = new Map<string, Bar>()
  const lanes = new Map<string, { readonly lane: number; users: number }>()
  /** Where shading of a half began. */
  const shaded: [number | undefined, number | undefined] = [undefined, undefined]
  let y = 6
  let lastAt = -1

  const cut = (text: string, charsMax: number): string =>
    text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text
  const label = (x: number, top: number, className: string, text: string): Shape => ({
    tag: 'text',
    attributes: { x, y: top, class: className },
    text: cut(text, GAP_CHARS),
  })
  /** In the gap beside a column. */
  const beside = (side: PageSide, top: number, className: string, text: string): Shape =>
    label(side === 0 ? CLIENT + 12 : RIGHT + 14, top, className, text)
  const arrow = (from: number, to: number, top: number, className: string): readonly Shape[] => {
    const back = to > from ? -7 : 7
    return [
      {
        tag: 'line',
        attributes: { x1: from, x2: to + back / 2, y1: top, y2: top, class: `wire ${className}` },
      },
      {
        tag: 'path',
        attributes: {
          d: `M${to} ${top}l${back} -4v8z`,
          class: `head ${className}`,
        },
      },
    ]
  }
  const column = (side: PageSide): number => (side === 0 ? CLIENT : SERVER)
  const across = (from: PageSide, top: number, className: string): readonly Shape[] =>
    arrow(column(from), column(from === 0 ? 1 : 0), top, className)
  /** In two lines where one is too short. */
  const chipLines = (text: string): readonly string[] => {
    if (text.length <= CHIP_CHARS) return [text]
    const space = text.lastIndexOf(' ', CHIP_CHARS)
    const at = space < CHIP_CHARS / 2 ? CHIP_CHARS : space
    return [text.slice(0, at), cut(text.slice(at).trim(), CHIP_CHARS)]
  }
  const chip = (middle: number, text: string, className: string): readonly Shape[] => {
    const lines = chipLines(text)
    const width = Math.max(...lines.map(({ length }) => length)) * CHAR + 22
    const height = 6 + 14 * lines.length
    const top = middle - height / 2
    return [
      {
        tag: 'rect',
        attributes: {
          x: MIDDLE - width / 2,
          y: top,
          width,
          height,
          rx: 10,
          class: `chip ${className}`,
        },
      },
      ...lines.map(
        (line, index): Shape => ({
          tag: 'text',
          attributes: { x: MIDDLE, y: top + 14 + 14 * index, class: `chip-text ${className}` },
          text: line,
        }),
      ),
    ]
  }
  const seconds = (at: number): string => (at / 1000).toFixed(3)

  function row(at: number, height: number, text: string, shapes: readonly Shape[]): void {
    const time: Shape[] =
      at === lastAt
        ? []
        : [
            {
              tag: 'text',
              attributes: { x: CLIENT - 20, y: y + 17, class: 'time' },
              text: seconds(at),
            },
          ]
    rows.push({ label: `${seconds(at)} s: ${text}`, shapes: [...time, ...shapes] })
    y += height
    lastAt = at
  }

  function begin(key: string, kind: Bar['kind'], name: string, top: number): void {
    const base = name.split(':', 1)[0] ?? ''
    const known = lanes.get(base)
    const taken = new Set([...lanes.values()].map(({ lane }) => lane))
    let free = 0
    while (free < LANES - 1 && taken.has(free)) free += 1
    const place = known ?? { lane: free, users: 0 }
    place.users += 1
    lanes.set(base, place)
    open.set(key, { lane: place.lane, top, kind, name: base })
    if (known === undefined)
      bars.push({
        tag: 'text',
        attributes: { x: LEFT + (place.lane + 0.5) * LANE + 9, y: top + 9, class: `name ${kind}` },
        text: cut(base, 4),
      })
  }

  function end(key: string, bottom: number, isOpen: boolean): void {
    const bar = open.get(key)
    if (bar === undefined) return
    open.delete(key)
    const place = lanes.get(bar.name)
    if (place !== undefined) place.users -= 1
    if (place?.users === 0) lanes.delete(bar.name)
    const width = bar.kind === 'pinhole' ? 10 : 4
    bars.push({
      tag: 'rect',
      attributes: {
        x: LEFT + (bar.lane + 0.5) * LANE - width / 2,
        y: bar.top,
        width,
        height: Math.max(4, bottom - bar.top),
        rx: width / 2,
        class: `bar ${bar.kind}${isOpen ? ' unended' : ''}`,
      },
    })
  }

  function unshade(side: PageSide, bottom: number): void {
    const top = shaded[side]
    shaded[side] = undefined
    if (top === undefined) return
    shades.push({
      tag: 'rect',
      attributes: {
        x: side === 0 ? CLIENT : MIDDLE,
        y: top,
        width: MIDDLE - CLIENT,
        height: Math.max(2, bottom - top),
        class: 'shade',
      },
    })
  }

  /** What stands on both sides of a changed line. */
  function rewritten(from: PageSide, before: string, told: string): readonly Shape[] {
    return [
      beside(from, y + 14, 'rewrite', before),
      beside(from === 0 ? 1 : 0, y + 14, 'rewrite told', told),
      ...across(from, y + 21, 'rewrite'),
      ...chip(y + 21, 'rewritten', 'rewrite'),
    ]
  }

  function command(event: Extract<PageEvent, readonly ['c', ...unknown[]]>): void {
    const [, at, text, outcome, told] = event
    if (outcome === 0 && told !== '')
      row(at, 36, `client announces ${text}; the server is told ${told}`, rewritten(0, text, told))
    else if (outcome === 0)
      row(at, 30, `client: ${text}`, [
        beside(0, y + 14, 'command', text),
        ...across(0, y + 21, 'command'),
      ])
    else {
      const isRefused = outcome === 2
      const ink = isRefused ? 'refusal' : 'command'
      const end = isRefused ? 'refused here' : 'answered here'
      row(at, 30, `client: ${text}, ${end}`, [
        beside(0, y + 14, ink, text),
        ...arrow(CLIENT, LEFT, y + 21, ink),
        ...(isRefused
          ? [
              {
                tag: 'path' as const,
                attributes: { d: `M${LEFT + 6} ${y + 16}l10 10m0 -10l-10 10`, class: 'cross' },
              },
            ]
          : []),
      ])
    }
  }

  function reply(event: Extract<PageEvent, readonly ['r', ...unknown[]]>): void {
    const [, at, text, isLocal, told] = event
    const ink = /^[45]/.test(text) ? 'bad' : 'reply'
    if (isLocal === 1)
      row(at, 30, `Portcullis: ${text}`, [
        beside(0, y + 14, `${ink} local`, text),
        ...arrow(LEFT, CLIENT, y + 21, ink),
        { tag: 'circle', attributes: { cx: LEFT, cy: y + 21, r: 3.5, class: `source ${ink}` } },
      ])
    else if (told !== '')
      row(at, 36, `server announces ${text}; the client is told ${told}`, rewritten(1, text, told))
    else row(at, 30, `server: ${text}`, [beside(1, y + 14, ink, text), ...across(1, y + 21, ink)])
  }

  function verdict(event: Extract<PageEvent, readonly ['v', ...unknown[]]>): void {
    const [, at, text, isRefusal] = event
    const extra = 14 * (chipLines(text).length - 1)
    row(at, 28 + extra, text, chip(y + 13 + extra / 2, text, isRefusal === 1 ? 'refusal' : 'note'))
  }

  function pinhole(event: Extract<PageEvent, readonly ['p', ...unknown[]]>): void {
    const [, at, id, name, listens, listening, dial, who, terms] = event
    const other = listens === 0 ? 1 : 0
    begin(`p${id}`, 'pinhole', name, y + 8)
    row(at, 40, `pinhole ${name} opens: ${listening} leads to ${dial}, ${who}, ${terms}`, [
      beside(listens, y + 15, 'pinhole', `${name} open at ${listening}`),
      beside(other, y + 15, 'pinhole', `leads to ${dial}`),
      beside(listens, y + 30, 'fine', who),
      beside(other, y + 30, 'fine', terms),
    ])
  }

  function dataOpen(event: Extract<PageEvent, readonly ['d', ...unknown[]]>): void {
    const [, at, id, name, from, what, fromEnd, toEnd] = event
    begin(`d${id}`, 'data', name, y + 24)
    row(at, 46, `data connection through ${name}: ${what}, from ${fromEnd} to ${toEnd}`, [
      beside(from, y + 16, 'data strong', what),
      ...across(from, y + 24, 'data'),
      beside(from, y + 38, 'fine', `from ${fromEnd}`),
      beside(from === 0 ? 1 : 0, y + 38, 'fine', `to ${toEnd}`),
    ])
  }

  function dataEnd(event: Extract<PageEvent, readonly ['e', ...unknown[]]>): void {
    const [, at, id, name, toClientBytes, toServerBytes, text, isBad] = event
    const ways = [
      ...(toServerBytes > 0 || toClientBytes === 0 ? ([[0, toServerBytes]] as const) : []),
      ...(toClientBytes > 0 ? ([[1, toClientBytes]] as const) : []),
    ]
    const total = ways.map(
      ([from, bytes]) => `${bytesText(bytes)} to ${from === 0 ? 'server' : 'client'}`,
    )
    end(`d${id}`, y + 21, false)
    const ink = isBad === 1 ? 'refusal' : 'data'
    row(at, 36, `data connection of ${name} ends: ${total.join(', ')}, ${text}`, [
      ...ways.flatMap(([from, bytes], index) => [
        beside(from, y + 14, `${ink} strong`, bytesText(bytes)),
        ...across(from, y + 21 + 3 * index, `bytes ${ink}`),
      ]),
      ...(ways.length === 1
        ? [beside(ways[0]?.[0] === 0 ? 1 : 0, y + 14, isBad === 1 ? 'refusal' : 'fine', text)]
        : []),
    ])
  }

  for (const event of story.events) {
    if (lastAt >= 0 && event[1] - lastAt > PAUSE_MS) y += 14
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
          beside(event[2], y + 14, ink, event[3]),
          ...across(event[2], y + 21, ink),
        ])
        break
      }
      case 'o':
        unshade(0, y)
        unshade(1, y)
        shaded[0] = y + 3
        shaded[1] = y + 3
        row(
          event[1],
          34,
          `opaque from here: ${event[2]}`,
          chip(y + 18, `opaque from here · ${event[2]}`, 'security'),
        )
        break
      case 'x':
        unshade(event[2], y + 20)
        row(event[1], 30, `${event[2] === 0 ? 'client' : 'server'} ${event[3]}`, [
          beside(event[2], y + 16, 'security', event[3]),
        ])
        break
      case 'p':
        pinhole(event)
        break
      case 'q':
        end(`p${event[2]}`, y + 13, false)
        row(event[1], 24, `pinhole ${event[3]} closes: ${event[4]}`, [
          label(CLIENT + 12, y + 16, 'pinhole faint', `${event[3]} ${event[4]}`),
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
  /** Data connections in front of the range that they came through, names in front of all. */
  const depth = ({ attributes }: Shape): number =>
    String(attributes['class']).startsWith('name') ? 2 : attributes['width'] === 4 ? 1 : 0
  const bottom = y + 4
  unshade(0, bottom)
  unshade(1, bottom)
  for (const key of open.keys()) end(key, bottom, true)
  const rail = (x: number): Shape => ({
    tag: 'line',
    attributes: { x1: x, x2: x, y1: 0, y2: bottom, class: 'rail' },
  })
  const band: Shape = {
    tag: 'rect',
    attributes: { x: LEFT, y: 0, width: RIGHT - LEFT, height: bottom, class: 'band' },
  }
  return {
    width: WIDTH,
    height: bottom + 4,
    background: [
      ...shades,
      band,
      rail(CLIENT),
      rail(LEFT),
      rail(RIGHT),
      rail(SERVER),
      ...bars.toSorted((a, b) => depth(a) - depth(b)),
    ],
    rows,
  }
}
