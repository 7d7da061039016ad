/**
 * Text to a tree of YAML nodes. What YAML can do and a rule file never needs is refused here:
 * several documents, other YAML versions, deep nesting, files of any size.
 */
import { Composer, type CST, type Document, type ParsedNode, Parser } from 'yaml'
import type { SourceText } from './source-text.ts'

/** A hundred thousand rules fit; beyond that a rule file is a mistake or an attack. */
export const FILE_CHARACTERS_MAX: number = 10 * 1024 * 1024
/** The rule language itself is five levels deep. */
export const NESTING_MAX = 32

const START = { start: 0, end: 1 }
const TOO_DEEP: string = `nested more than ${NESTING_MAX} levels deep`

/** `undefined` when the text is no YAML that a rule file may be; the reasons are then reported. */
export function compose(source: SourceText): ParsedNode | undefined {
  if (source.text.length > FILE_CHARACTERS_MAX) {
    const size = FILE_CHARACTERS_MAX / 1024 / 1024
    source.report('error', START, `the file is larger than ${size} MB, the most that is read`)
    return undefined
  }
  const tokens = parseTokens(source)
  return tokens === undefined ? undefined : composeTokens(tokens, source)
}

function parseTokens(source: SourceText): readonly CST.Token[] | undefined {
  try {
    const tokens = [...new Parser().parse(source.text)]
    const tooDeep = firstBeyond(tokens, NESTING_MAX)
    if (tooDeep === undefined) return tokens
    source.report('error', { start: tooDeep, end: tooDeep + 1 }, TOO_DEEP)
  } catch (cause) {
    // The parser recurses; a stack that overflows is the only way in which it throws.
    if (!(cause instanceof RangeError)) throw cause
    source.report('error', START, TOO_DEEP)
  }
  return undefined
}

/** Where a token lies deeper than `deepest` levels, found without recursion. */
function firstBeyond(tokens: readonly CST.Token[], deepest: number): number | undefined {
  const pending = tokens.map((token) => ({ token, depth: 0 }))
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { token, depth } = entry
    if (depth > deepest) return token.offset
    if (token.type === 'document' && token.value !== undefined)
      pending.push({ token: token.value, depth })
    if (!('items' in token)) continue
    for (const item of token.items) {
      if (item.key) pending.push({ token: item.key, depth: depth + 1 })
      if (item.value) pending.push({ token: item.value, depth: depth + 1 })
    }
  }
  return undefined
}

function composeTokens(tokens: readonly CST.Token[], source: SourceText): ParsedNode | undefined {
  // Duplicate keys are found later: the library compares every key of a map with every other.
  const composer = new Composer({ version: '1.2', prettyErrors: false, uniqueKeys: false })
  const documents = [...composer.compose(tokens, true, source.text.length)]
  const [first, second] = documents as Document.Parsed[]
  const before = source.diagnostics.length
  for (const problem of first?.errors ?? []) {
    const [start, end] = problem.pos
    source.report('error', { start, end }, describeSyntax(problem.message, start, source))
  }
  if (second !== undefined) {
    const [start] = second.range
    source.report('error', { start, end: start + 3 }, 'a rule file holds one YAML document')
  }
  if (first?.directives.yaml.version !== '1.2')
    source.report('error', START, 'rule files are YAML 1.2: in other versions words change meaning')
  if (source.diagnostics.length > before) return undefined
  if (first?.contents) return first.contents
  source.report('error', START, 'the file says nothing; a rule file begins with "version: 1"')
  return undefined
}

function describeSyntax(message: string, start: number, source: SourceText): string {
  const line = source.lineOf({ start, end: start })
  const bracketed = /:\s*(\[[0-9a-fA-F:.]*\]:\d+)/.exec(line)?.[1]
  if (bracketed !== undefined)
    return `YAML reads [ as the start of a list: put the address in quotes, "${bracketed}"`
  if (message.startsWith('Tabs are not allowed')) return 'indent with spaces: YAML takes no tabs'
  return `not YAML: ${message}`
}
