import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  nextSecurityState,
  SECURITY_INPUTS,
  SECURITY_STATES,
  type SecurityInput,
  type SecurityState,
  TRANSITIONS,
} from '../../../src/engine/session/security-state.ts'

interface Transition {
  readonly from: SecurityState
  readonly input: SecurityInput
  readonly to: SecurityState
}

const states = Object.keys(SECURITY_STATES) as SecurityState[]
const inputs = Object.keys(SECURITY_INPUTS) as SecurityInput[]

/** How a control connection begins, by the `tls` of its listener. */
const STARTS: ReadonlyMap<SecurityState, string> = new Map([
  ['clear', 'explicit'],
  ['tls-after-greeting', 'implicit-after-greeting'],
  ['handshaking', 'implicit'],
])

const transitions = Object.entries(TRANSITIONS).flatMap(([from, ways]) =>
  Object.entries(ways).map(([input, to]) => ({ from, input, to }) as Transition),
)

/** All states that inputs lead to from `start`, itself included. */
function reachableFrom(start: SecurityState): ReadonlySet<SecurityState> {
  const reached = new Set([start])
  // A set hands out members that are added while it is gone through.
  for (const state of reached)
    for (const { from, to } of transitions) if (from === state) reached.add(to)
  return reached
}

describe('the table of security states', () => {
  test('reaches every state from one of the beginnings', () => {
    const reached = new Set([...STARTS.keys()].flatMap((start) => [...reachableFrom(start)]))
    expect([...reached].toSorted()).toEqual(states.toSorted())
  })

  test('uses every input', () => {
    const used = new Set(transitions.map(({ input }) => input))
    expect([...used].toSorted()).toEqual(inputs.toSorted())
  })

  test('has a way on from every state', () => {
    expect(states.filter((state) => !transitions.some(({ from }) => from === state))).toEqual([])
  })

  test('leaves encryption only towards the states that remember it', () => {
    const after = transitions.filter(({ from }) => from === 'opaque' || from === 'protected')
    expect(new Set(after.map(({ to }) => to))).toEqual(new Set(['client-clear', 'clear-again']))
  })

  test('answers every pair of state and input, and what it does not hold with undefined', () => {
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.constantFrom(...inputs), (state, input) => {
        const known = transitions.find(({ from, input: by }) => from === state && by === input)
        expect(nextSecurityState(state, input)).toBe(known?.to)
      }),
      { numRuns: 10 * states.length * inputs.length },
    )
    const answered = states.flatMap((state) =>
      inputs.filter((input) => nextSecurityState(state, input) !== undefined),
    )
    expect(answered).toHaveLength(transitions.length)
  })

  // `vitest run --project unit test/engine/session/security-state.test.ts -u` writes the file.
  test('docs/states.md draws it', async () => {
    await expect(statesDocument()).toMatchFileSnapshot('../../../docs/states.md')
  })
})

function statesDocument(): string {
  return [
    INTRODUCTION,
    `\`\`\`mermaid\n${diagram()}\n\`\`\``,
    '## States',
    STATES_INTRODUCTION,
    table(
      ['state', 'begins here with `tls:`', 'meaning'],
      states.map((state) => [
        `\`${state}\``,
        STARTS.has(state) ? `\`${STARTS.get(state)}\`` : '',
        SECURITY_STATES[state],
      ]),
    ),
    '## Transitions',
    'There are no others: what else a state meets is refused, or ends the session.',
    table(
      ['in state', 'input', 'which is', 'leads to'],
      transitions.map(({ from, input, to }) => [
        `\`${from}\``,
        `\`${input}\``,
        SECURITY_INPUTS[input],
        `\`${to}\``,
      ]),
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

const INTRODUCTION = `# The security of a control connection

<!-- Generated from src/engine/session/security-state.ts by its test; changes here are overwritten. -->

Portcullis follows a control connection into encryption and out of it again. It never decrypts
anything: it reads the commands and replies that lead there, sees where TLS records begin and end, and
falls back on the [static range](packet-log.md#rangeopen) for what it cannot read.

- Into TLS: AUTH and its 234 (RFC 4217), or a listener whose clients speak TLS unasked. When both sides
  have finished the handshake, the connection is \`opaque\`.
- Out of TLS: CCC or REIN, said where nobody can see it. What can be seen is that a TLS record ends and
  no other begins there. The client goes first, then the server.
- GSSAPI keeps the lines (RFC 2228): AUTH, tokens in ADAT, and after 235 commands and replies whose
  contents nobody else can read.

Only what is drawn here happens. A command that a state does not let through is refused, bytes that do
not fit it end the session; the packet log has the [reason](packet-log.md#reasons) for either.`

const STATES_INTRODUCTION = `The state says what bytes mean: lines to be read, or TLS records to be passed on. A session that has
come back is \`clear-again\` and not \`clear\`, because its login happened out of sight: PBSZ, PROT and
passwords are not let through any more.`

function diagram(): string {
  return [
    'stateDiagram-v2',
    ...states.map((state) => `    state "${state}" as ${nodeOf(state)}`),
    ...[...STARTS].map(([state, tls]) => `    [*] --> ${nodeOf(state)}: tls ${tls}`),
    ...transitions.map(({ from, input, to }) => `    ${nodeOf(from)} --> ${nodeOf(to)}: ${input}`),
  ].join('\n')
}

/** Mermaid takes a dash in a name for the beginning of an arrow. */
function nodeOf(state: SecurityState): string {
  return state.replaceAll('-', '_')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
