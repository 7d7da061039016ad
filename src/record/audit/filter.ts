/**
 * Which records somebody wants to see. Conditions of different kinds all have to hold; of several
 * values of one kind any may. A filter is asked twice: `mayMatch` looks at the raw line and may say
 * yes too often but never no too often; `matches` has the parsed record and decides.
 */
import { type Cidr, cidrHas } from '../../net/cidr.ts'
import { type Ip, parseIp } from '../../net/ip.ts'
import { addressIn, bytesOf, isRefusal, pathOf, verdictOf } from './entry-facts.ts'
import { compileGlob, compilePathGlob, type Matcher } from './glob.ts'
import type { LineHeader } from './line-header.ts'
import { type LogEntry, textOf } from './log-entry.ts'
import type { EntryContext } from './session-tracker.ts'

export interface FilterOptions {
  /** Inclusive, in the form of the log's own times. */
  readonly since?: string | undefined
  /** Exclusive. */
  readonly until?: string | undefined
  readonly sessions?: readonly string[]
  readonly clients?: readonly Cidr[]
  readonly servers?: readonly Cidr[]
  readonly users?: readonly string[]
  /** In capitals. */
  readonly verbs?: readonly string[]
  /** Path patterns. */
  readonly paths?: readonly string[]
  /** `refused` stands for all that are neither `permit` nor `note`. */
  readonly verdicts?: readonly string[]
  /** Codes, or patterns such as `tls.*`. */
  readonly reasons?: readonly string[]
  readonly rules?: readonly string[]
  readonly channel?: 'opaque' | 'clear' | undefined
  /** Data connections and sessions of at least so many bytes. */
  readonly minBytes?: number | undefined
}

/** Records that hold a condition's field, so that lines of other types need no parsing. */
const TYPES_WITH_VERDICT: ReadonlySet<string> = new Set([
  'verdict',
  'session.refused',
  'data.refused',
])

type Test = (entry: LogEntry, context: EntryContext) => boolean
type CheapTest = (header: LineHeader, line: string) => boolean

export class AuditFilter {
  /** Whether it asks what a {@link SessionTracker} has to find out. */
  readonly needsSessions: boolean
  /** Nothing is filtered. */
  readonly isEmpty: boolean
  readonly #tests: readonly Test[]
  readonly #cheapTests: readonly CheapTest[]

  constructor(options: FilterOptions) {
    const { users = [], rules = [], channel } = options
    this.needsSessions = users.length > 0 || rules.length > 0 || channel !== undefined
    const tests: Test[] = []
    const cheapTests: CheapTest[] = []
    addHeaderTests(options, tests, cheapTests)
    addFieldTests(options, tests, cheapTests)
    addContextTests(options, tests)
    this.#tests = tests
    this.#cheapTests = cheapTests
    this.isEmpty = tests.length === 0
  }

  mayMatch(header: LineHeader, line: string): boolean {
    return this.#cheapTests.every((test) => test(header, line))
  }

  matches(entry: LogEntry, context: EntryContext): boolean {
    return this.#tests.every((test) => test(entry, context))
  }
}

function addHeaderTests(options: FilterOptions, tests: Test[], cheapTests: CheapTest[]): void {
  const { since, until, sessions = [], clients = [], servers = [] } = options
  const add = (test: (header: LineHeader) => boolean): void => {
    cheapTests.push(test)
    tests.push((entry) =>
      test({
        time: entry.time,
        seq: entry.seq,
        type: entry.type,
        session: entry.session,
        client: textOf(entry, 'client'),
        server: textOf(entry, 'server'),
      }),
    )
  }
  if (since !== undefined) add(({ time }) => time >= since)
  if (until !== undefined) add(({ time }) => time < until)
  if (sessions.length > 0) {
    const wanted = new Set(sessions)
    add(({ session }) => session !== undefined && wanted.has(session))
  }
  if (clients.length > 0) {
    const isWanted = blockTest(clients)
    add(({ client }) => isWanted(client))
  }
  if (servers.length > 0) {
    const isWanted = blockTest(servers)
    add(({ server }) => isWanted(server))
  }
}

function addFieldTests(options: FilterOptions, tests: Test[], cheapTests: CheapTest[]): void {
  const { verbs = [], paths = [], verdicts = [], reasons = [], minBytes } = options
  if (verbs.length > 0) {
    const wanted = new Set(verbs)
    cheapTests.push(needles(verbs.map((verb) => `"verb":"${verb}"`)))
    tests.push((entry) => wanted.has(textOf(entry, 'verb') ?? ''))
  }
  if (paths.length > 0) {
    const isWanted = anyOf(paths.map(compilePathGlob))
    cheapTests.push(needles(['"path":"', '"argument":"']))
    tests.push((entry) => {
      const path = pathOf(entry)
      return path !== undefined && isWanted(path)
    })
  }
  if (verdicts.length > 0) {
    const wanted = new Set(verdicts)
    cheapTests.push(({ type }) => TYPES_WITH_VERDICT.has(type))
    tests.push((entry) => {
      const verdict = verdictOf(entry)
      if (verdict === undefined) return false
      return wanted.has(verdict) || (wanted.has('refused') && isRefusal(entry))
    })
  }
  if (reasons.length > 0) {
    const isWanted = anyOf(reasons.map(compileGlob))
    cheapTests.push(needles(['"reason":"']))
    tests.push((entry) => isWanted(textOf(entry, 'reason') ?? ''))
  }
  if (minBytes !== undefined) {
    cheapTests.push(needles(['"toClientBytes":']))
    tests.push((entry) => {
      const bytes = bytesOf(entry)
      return bytes !== undefined && bytes >= minBytes
    })
  }
}

function addContextTests(options: FilterOptions, tests: Test[]): void {
  const { users = [], rules = [], channel } = options
  if (users.length > 0) {
    const wanted = new Set(users)
    tests.push((_entry, { user }) => user !== undefined && wanted.has(user))
  }
  if (rules.length > 0) {
    const wanted = new Set(rules)
    tests.push((_entry, { rule }) => rule !== undefined && wanted.has(rule))
  }
  if (channel !== undefined)
    tests.push((_entry, { isOpaque }) => isOpaque === (channel === 'opaque'))
}

/** Remembers answers: a log is about the same few addresses again and again. */
const ADDRESSES_MAX = 10_000

function blockTest(blocks: readonly Cidr[]): (endpointText: string | undefined) => boolean {
  const known = new Map<string, boolean>()
  return (endpointText) => {
    if (endpointText === undefined) return false
    const text = addressIn(endpointText)
    const answer = known.get(text)
    if (answer !== undefined) return answer
    const address: Ip | undefined = parseIp(text)
    const isIn = address !== undefined && blocks.some((block) => cidrHas(block, address))
    if (known.size >= ADDRESSES_MAX) known.clear()
    // A key of its own: a piece of a line would keep the whole block of the file in memory.
    known.set(address ?? text.split('').join(''), isIn)
    return isIn
  }
}

function needles(texts: readonly string[]): CheapTest {
  return (_header, line) => texts.some((text) => line.includes(text))
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  return (text) => matchers.some((isMatching) => isMatching(text))
}
