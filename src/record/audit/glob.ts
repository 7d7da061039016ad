/**
 * Path patterns as shells have them: `?` is one character, `*` any characters but `/`, `**` any at
 * all. Everything else stands for itself, the backslash too, because recorded text is full of it.
 * Matching follows all possibilities at once, so no pattern and no text make it slow.
 */
export type Matcher = (text: string) => boolean

/** What is no character of its own. */
const WILD = { one: 0, segment: 1, anything: 2 } as const

type Token = string | (typeof WILD)[keyof typeof WILD]

/** Whole texts match. */
export function compileGlob(pattern: string): Matcher {
  const tokens = tokensOf(pattern)
  if (tokens.every((token) => typeof token === 'string')) return (text) => text === pattern
  return (text) => isMatch(tokens, text)
}

/** A pattern without `/` is about the last part of a path: `*.csv` is any such file anywhere. */
export function compilePathGlob(pattern: string): Matcher {
  const isMatching = compileGlob(pattern)
  if (pattern.includes('/')) return isMatching
  return (path) => isMatching(path.slice(path.lastIndexOf('/') + 1))
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = []
  for (const character of pattern) {
    if (character === '?') tokens.push(WILD.one)
    else if (character !== '*') tokens.push(character)
    else if (tokens.at(-1) === WILD.segment) tokens[tokens.length - 1] = WILD.anything
    else if (tokens.at(-1) !== WILD.anything) tokens.push(WILD.segment)
  }
  return tokens
}

/** A nondeterministic automaton; state `n` is "the first n tokens have matched". */
function isMatch(tokens: readonly Token[], text: string): boolean {
  let states = closure(new Set([0]), tokens)
  for (const character of text) {
    const next = new Set<number>()
    for (const state of states) {
      const token = tokens[state]
      if (token === character) next.add(state + 1)
      else if (token === WILD.one && character !== '/') next.add(state + 1)
      else if (token === WILD.anything) next.add(state)
      else if (token === WILD.segment && character !== '/') next.add(state)
    }
    if (next.size === 0) return false
    states = closure(next, tokens)
  }
  return states.has(tokens.length)
}

/** A star may also match nothing. Sets are visited in the order of insertion, additions included. */
function closure(states: Set<number>, tokens: readonly Token[]): ReadonlySet<number> {
  for (const state of states) {
    const token = tokens[state]
    if (token === WILD.segment || token === WILD.anything) states.add(state + 1)
  }
  return states
}
