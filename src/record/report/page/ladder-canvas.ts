/**
 * What a ladder is drawn on: three columns, a row after the other, and in the middle the bars of
 * what is open. Shapes of a row count from its top. Runs in the page: see `../page-script.ts`.
 */
import type { PageSide } from '../page-data.ts'

export interface Shape {
  readonly tag: 'line' | 'path' | 'rect' | 'text' | 'circle'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly text?: string
}

export interface LadderRow {
  /** Its shapes count from here. */
  readonly top: number
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

export interface LadderCanvas {
  /** Text in the gap beside the column of a side. */
  readonly beside: (side: PageSide, top: number, className: string, text: string) => Shape
  /** From one peer to the other. */
  readonly across: (from: PageSide, top: number, className: string) => readonly Shape[]
  /** Between the client and Portcullis, toward one of them. */
  readonly toProxy: (top: number, className: string) => readonly Shape[]
  readonly toClient: (top: number, className: string) => readonly Shape[]
  /** A label in the middle, around `middle`; two lines where one is too short. */
  readonly chip: (middle: number, text: string, className: string) => readonly Shape[]
  /** What a label needs beyond its first line. */
  readonly chipExtra: (text: string) => number
  /** Leaves some room where the row to come, of time `at`, is much later than the last. */
  readonly approach: (at: number) => void
  /** Adds a row; `at` is in milliseconds. */
  readonly row: (at: number, height: number, text: string, shapes: readonly Shape[]) => void
  /** A bar begins, `offset` below the top of the row to come. */
  readonly begin: (key: string, kind: 'pinhole' | 'data', name: string, offset: number) => void
  readonly end: (key: string, offset: number) => void
  /** From the row to come on, both halves are shaded. */
  readonly shade: () => void
  readonly unshade: (side: PageSide, offset: number) => void
  readonly drawing: () => LadderDrawing
}

export function makeLadderCanvas(): LadderCanvas {
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
  const LINE = 14
  const LANES = 5
  const LANE = (RIGHT - LEFT) / (LANES + 0.5)
  /** A pause that is worth some room. */
  const PAUSE_MS = 5000
  const PAUSE = 14

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
  const beside = (side: PageSide, top: number, className: string, text: string): Shape => ({
    tag: 'text',
    attributes: { x: side === 0 ? CLIENT + 12 : RIGHT + 14, y: top, class: className },
    text: cut(text, GAP_CHARS),
  })
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
  const chipLines = (text: string): readonly string[] => {
    if (text.length <= CHIP_CHARS) return [text]
    const space = text.lastIndexOf(' ', CHIP_CHARS)
    const at = space < CHIP_CHARS / 2 ? CHIP_CHARS : space
    return [text.slice(0, at), cut(text.slice(at).trim(), CHIP_CHARS)]
  }
  const chip = (middle: number, text: string, className: string): readonly Shape[] => {
    const lines = chipLines(text)
    const width = Math.max(...lines.map(({ length }) => length)) * CHAR + 22
    const height = 6 + LINE * lines.length
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
          attributes: { x: MIDDLE, y: top + LINE * (index + 1), class: `chip-text ${className}` },
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
              attributes: { x: CLIENT - 20, y: 17, class: 'time' },
              text: seconds(at),
            },
          ]
    rows.push({ top: y, label: `${seconds(at)} s: ${text}`, shapes: [...time, ...shapes] })
    y += height
    lastAt = at
  }

  function begin(key: string, kind: Bar['kind'], name: string, offset: number): void {
    const top = y + offset
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
        width: side === 0 ? MIDDLE - CLIENT : SERVER - MIDDLE,
        height: Math.max(2, bottom - top),
        class: 'shade',
      },
    })
  }

  /** Data connections in front of the range that they came through, names in front of all. */
  const depth = ({ attributes }: Shape): number =>
    String(attributes['class']).startsWith('name') ? 2 : attributes['width'] === 4 ? 1 : 0
  function drawing(): LadderDrawing {
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
        band,
        ...shades,
        rail(CLIENT),
        rail(LEFT),
        rail(RIGHT),
        rail(SERVER),
        ...bars.toSorted((a, b) => depth(a) - depth(b)),
      ],
      rows,
    }
  }

  return {
    beside,
    across,
    toProxy: (top, className) => arrow(CLIENT, LEFT, top, className),
    toClient: (top, className) => [
      ...arrow(LEFT, CLIENT, top, className),
      { tag: 'circle', attributes: { cx: LEFT, cy: top, r: 3.5, class: `source ${className}` } },
    ],
    chip,
    chipExtra: (text) => LINE * (chipLines(text).length - 1),
    approach(at) {
      if (lastAt >= 0 && at - lastAt > PAUSE_MS) y += PAUSE
    },
    row,
    begin,
    end: (key, offset) => end(key, y + offset, false),
    shade() {
      unshade(0, y)
      unshade(1, y)
      shaded[0] = y + 3
      shaded[1] = y + 3
    },
    unshade: (side, offset) => unshade(side, y + offset),
    drawing,
  }
}
