/** Which sessions are listed, and in which order. Runs in the page: see `../page-script.ts`. */
import type { PageData, PageRow } from '../page-data.ts'

export interface SearchState {
  /** Words, which all have to occur; `client:10.0.0.5` looks there alone, quotes mean exactly. */
  readonly query: string
  readonly verdict: '' | 'refused' | 'noted' | 'clean'
  readonly channel: '' | 'opaque' | 'clear'
  /** Milliseconds since 1970; the end is exclusive. */
  readonly from: number | undefined
  readonly to: number | undefined
  readonly sort: SortKey
  readonly isDescending: boolean
}

export type SortKey =
  | 'time'
  | 'client'
  | 'server'
  | 'user'
  | 'rule'
  | 'transfers'
  | 'bytes'
  | 'duration'
  | 'refusals'

/** @returns a function that gives the places of rows. */
export function makeSearch(data: PageData): (state: SearchState) => readonly number[] {
  const textAt = (place: number): string => data.strings[place] ?? ''
  const FIELDS: Readonly<Record<string, (row: PageRow) => readonly string[]>> = {
    session: (row) => [row[0]],
    client: (row) => [textAt(row[3])],
    server: (row) => [textAt(row[5])],
    user: (row) => [textAt(row[6])],
    listener: (row) => [textAt(row[8])],
    end: (row) => [textAt(row[9])],
    reason: (row) => row[16].map(textAt),
    rule: (row) => row[17].map(textAt),
  }
  const haystacks: string[] = []
  const haystack = (index: number, row: PageRow): string =>
    (haystacks[index] ??= Object.values(FIELDS)
      .flatMap((read) => read(row))
      .join('\n')
      .toLowerCase())

  type Test = (row: PageRow, index: number) => boolean

  function testOf(word: string): Test {
    const match = /^(\w+):(?:"(.*)"|(.*))$/.exec(word)
    const read = FIELDS[match?.[1]?.toLowerCase() ?? '']
    if (match === null || read === undefined || !Object.hasOwn(FIELDS, match[1] ?? '')) {
      const plain = word.replaceAll('"', '').toLowerCase()
      return (row, index) => haystack(index, row).includes(plain)
    }
    const exact = match[2]
    if (exact !== undefined) return (row) => read(row).includes(exact)
    const part = (match[3] ?? '').toLowerCase()
    return (row) => read(row).some((text) => text.toLowerCase().includes(part))
  }

  function testsOf({ query, verdict, channel, from, to }: SearchState): readonly Test[] {
    const tests: Test[] = (query.match(/\w+:"[^"]*"|\S+/g) ?? []).map(testOf)
    if (verdict === 'refused') tests.push((row) => row[14] > 0)
    if (verdict === 'noted') tests.push((row) => row[16].length > 0 && row[14] === 0)
    if (verdict === 'clean') tests.push((row) => row[16].length === 0 && row[14] === 0)
    if (channel !== '') tests.push((row) => (row[15] & 1) === (channel === 'opaque' ? 1 : 0))
    // A session belongs to the time in which it began, as in the chart.
    if (from !== undefined) tests.push((row) => data.base + row[1] >= from)
    if (to !== undefined) tests.push((row) => data.base + row[1] < to)
    return tests
  }

  const KEYS: Readonly<Record<SortKey, (row: PageRow) => number | string>> = {
    time: (row) => row[1],
    client: (row) => textAt(row[3]),
    server: (row) => textAt(row[5]),
    user: (row) => textAt(row[6]),
    rule: (row) => textAt(row[7]),
    transfers: (row) => row[11],
    bytes: (row) => row[12] + row[13],
    duration: (row) => row[2],
    refusals: (row) => row[14],
  }

  return (state) => {
    const tests = testsOf(state)
    const found: number[] = []
    for (const [index, row] of data.rows.entries())
      if (tests.every((isMatching) => isMatching(row, index))) found.push(index)
    // Rows are in the order of time already, and what is equal stays so.
    if (state.isDescending) found.reverse()
    if (state.sort === 'time') return found
    const keyOf = KEYS[state.sort]
    const keys = new Map(found.map((index) => [index, keyOf(data.rows[index] as PageRow)]))
    const sign = state.isDescending ? -1 : 1
    return found.sort((a, b) => {
      const left = keys.get(a) ?? 0
      const right = keys.get(b) ?? 0
      return left === right ? 0 : left < right ? -sign : sign
    })
  }
}
