/**
 * What a parser of peer bytes answers. There is no fourth outcome: parsers neither throw on peer
 * bytes nor return `undefined`.
 */
export type Parsed<T> =
  | { readonly type: 'complete'; readonly value: T }
  | { readonly type: 'malformed'; readonly problem: string }

export function complete<T>(value: T): Parsed<T> {
  return { type: 'complete', value }
}

export function malformed(problem: string): {
  readonly type: 'malformed'
  readonly problem: string
} {
  return { type: 'malformed', problem }
}
