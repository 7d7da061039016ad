/** Who takes part in a conversation of `conversation.ts`, and by which rules. */
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import {
  type Evaluator,
  type Listener,
  ORIGINAL_DESTINATION,
  type Profile,
  type Rule,
  type Ruleset,
} from '../../src/engine/rules/ruleset.ts'
import { type Endpoint, parseEndpoint } from '../../src/net/endpoint.ts'
import { parsePortRange, type Port } from '../../src/net/port.ts'

export const HOSTS = {
  C: '198.51.100.10',
  P_OUTSIDE: '203.0.113.1',
  P_INSIDE: '10.0.0.1',
  S: '10.0.0.20',
  V: '10.0.0.66',
  X: '198.51.100.99',
} as const

export interface ConversationOptions {
  readonly client?: string
  readonly local?: string
  readonly server?: string
  readonly serverLocal?: string
  readonly profile?: Partial<Profile>
  readonly listener?: Partial<Listener>
  readonly rules?: readonly Rule[]
  readonly ruleset?: Partial<Ruleset>
  readonly passivePorts?: string
  /** Which of several free ports is leased; the first by default. */
  readonly random?: (below: number) => number
  /** Effects the world does not answer by itself. */
  readonly unanswered?: readonly ('connectServer' | 'openPinhole' | 'dialData' | 'closeData')[]
  /** Ports of a static range that another program holds. */
  readonly missing?: readonly Port[]
  /** The kernel carries data connections; intercepted, the client knows of `server` alone. */
  readonly kernel?: 'front-door' | 'redirect' | 'tproxy'
  /** Of an intercepted connection: nobody did intercept it. */
  readonly isNotRedirected?: true
  /** More addresses of the proxy's host. */
  readonly localAddresses?: readonly string[]
}

/** Compiled rules of options that are played again and again; an evaluator holds nothing else. */
const evaluators = new WeakMap<ConversationOptions, Evaluator>()

export function evaluatorOf(options: ConversationOptions): Evaluator {
  const known = evaluators.get(options)
  if (known !== undefined) return known
  const base = frontDoor({
    listen: listenOf(options),
    server: serverOf(options),
    passivePorts: parsePortRange(options.passivePorts ?? '50000-50099') ?? failRange(),
  })
  const profile = { ...(base.profiles.get('default') as Profile), ...options.profile }
  const ruleset: Ruleset = {
    ...base,
    dataPath: options.kernel === undefined ? 'relay' : 'kernel',
    listeners: base.listeners.map((one) => ({
      ...one,
      ...(isIntercepted(options)
        ? { intercept: options.kernel, server: ORIGINAL_DESTINATION }
        : {}),
      ...options.listener,
    })),
    profiles: new Map([['default', profile]]),
    rules: options.rules ?? base.rules,
    ...options.ruleset,
  }
  const evaluator = createEvaluator(ruleset)
  evaluators.set(options, evaluator)
  return evaluator
}

function isIntercepted<O extends ConversationOptions>(
  options: O,
): options is O & { readonly kernel: 'redirect' | 'tproxy' } {
  return options.kernel === 'redirect' || options.kernel === 'tproxy'
}

/** Our end of the client's leg. With `tproxy` that is the server's, whatever the listener's is. */
export function endsOf(options: ConversationOptions): {
  readonly local: Endpoint
  readonly original?: Endpoint
} {
  const local = listenOf(options)
  if (!isIntercepted(options) || options.isNotRedirected === true) return { local }
  const original = serverOf(options)
  return { local: options.kernel === 'tproxy' ? original : local, original }
}

function listenOf(options: ConversationOptions): Endpoint {
  return at(options.local ?? `${HOSTS.P_OUTSIDE}:21`)
}

function serverOf(options: ConversationOptions): Endpoint {
  return at(options.server ?? `${HOSTS.S}:21`)
}

export function at(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint === undefined) throw new Error(`not an endpoint: ${text}`)
  return endpoint
}

function failRange(): never {
  throw new Error('not a port range')
}
