/**
 * What rules mean, listener by listener: the matrix of protections, set-up commands and network
 * protocols, and for each cell whether it works, why, and which rule decided.
 */
import type { Evaluator, Listener, Profile, Ruleset } from '../engine/rules/ruleset.ts'
import { isLoopback } from '../engine/nat/address-policy.ts'
import { createEvaluator } from '../engine/rules/evaluate.ts'
import type { Endpoint } from '../net/endpoint.ts'
import { type Ip, type IpFamily, ipFamily } from '../net/ip.ts'
import { type Cast, castOf, serverOf } from './cast.ts'
import { type Cell, CELLS } from './cell.ts'
import { type ChosenClient, chooseClient, chooseServer, clientsOf, judge } from './client-choice.ts'
import { USUAL } from './circumstances.ts'
import { type Finding, findOut } from './finding.ts'
import { why } from './why.ts'

export interface Question {
  /** Whose sessions; left out: a client that the rules let in. */
  readonly client?: Ip | undefined
  /** Of listeners that serve every server: which one. Of others: only those of this server. */
  readonly server?: Ip | undefined
  /** Only this listener. */
  readonly listener?: string | undefined
}

/** A cell with what was found out, and the words for it. */
export interface ExplainedCell extends Finding {
  readonly why: string
}

/** Clients of one network protocol. */
export interface ExplainedClients {
  readonly family: IpFamily
  readonly client: ChosenClient
  /** Of a session, were there one. */
  readonly profile: string
  readonly server: Endpoint
  readonly cast: Cast | undefined
  /** One more client for each other control rule: they may fare differently. */
  readonly others: readonly ChosenClient[]
}

export interface ListenerExplanation {
  readonly listener: Listener
  readonly clients: readonly ExplainedClients[]
  readonly cells: readonly ExplainedCell[]
}

const FAMILIES: readonly IpFamily[] = [4, 6]

export function explain(ruleset: Ruleset, question: Question = {}): readonly ListenerExplanation[] {
  const evaluator = createEvaluator(ruleset)
  return listenersOf(ruleset, question).map((listener) =>
    explainListener(evaluator, listener, question),
  )
}

/** Those that the question is about. */
export function listenersOf(
  { listeners }: Ruleset,
  { listener: wanted, server }: Question,
): readonly Listener[] {
  return listeners.filter(({ name, server: own }) => {
    const isServer = server === undefined || typeof own === 'string' || own.address === server
    return (wanted === undefined || name === wanted) && isServer
  })
}

export function explainListener(
  evaluator: Evaluator,
  listener: Listener,
  question: Question,
): ListenerExplanation {
  const clients = FAMILIES.map((family) => clientsFor(evaluator, listener, family, question))
  const cells = CELLS.flatMap((cell) => {
    const found = clients.find(({ family }) => family === cell.family)
    const isAskedFor = question.client === undefined || ipFamily(question.client) === cell.family
    return found === undefined || !isAskedFor ? [] : [explainCell(evaluator, found, cell, listener)]
  })
  return {
    listener,
    clients: clients.filter(
      ({ family }) => question.client === undefined || ipFamily(question.client) === family,
    ),
    cells,
  }
}

export function explainCell(
  evaluator: Evaluator,
  clients: ExplainedClients,
  cell: Cell,
  listener: Listener,
): ExplainedCell {
  const { cast, server, client } = clients
  const profile = profileOf(evaluator, clients)
  if (cast !== undefined) {
    const finding = findOut(evaluator, cast, cell)
    return { ...finding, why: why(finding, cast, profile) }
  }
  const nowhere: Finding = {
    cell,
    outcome: 'refused',
    conditions: [],
    trials: [],
    telling: {
      circumstances: USUAL,
      step: 'connect',
      reason: listener.intercept === 'none' ? 'network.family' : 'network.not-intercepted',
      rule: undefined,
      facts: undefined,
      profile: undefined,
    },
  }
  const anybody = { address: client.address, port: server.port }
  const unreal: Cast = {
    listener,
    client: anybody,
    server,
    known: server,
    isKnownInvented: false,
    local: server,
    inside: server.address,
  }
  return { ...nowhere, why: why(nowhere, unreal, profile) }
}

function profileOf({ ruleset }: Evaluator, { profile }: ExplainedClients): Profile {
  const known = ruleset.profiles.get(profile)
  if (known === undefined) throw new Error(`the loader let a dangling profile pass: ${profile}`)
  return known
}

export function clientsFor(
  evaluator: Evaluator,
  listener: Listener,
  family: IpFamily,
  question: Question,
): ExplainedClients {
  const server = serverOf(listener, family, question.server ?? chooseServer(evaluator, family))
  // On one machine everybody has the same address.
  const taken = new Set(isLoopback(server.address) ? [] : [server.address, listener.listen.address])
  const asked = question.client
  const client =
    asked !== undefined && ipFamily(asked) === family
      ? judge(evaluator, server, asked)
      : chooseClient(evaluator, server, family, taken)
  return {
    family,
    client,
    profile: client.rule?.profile ?? 'default',
    server,
    cast: castOf(listener, client.address, server),
    others: clientsOf(evaluator, server, family, taken).filter(
      ({ rule }) => rule !== undefined && rule !== client.rule,
    ),
  }
}
