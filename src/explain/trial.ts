/**
 * One scripted session, from the first connection to a transfer, and how far it got. The peers do
 * what the FTP standards have them do; the gateway in between does what it does for everybody.
 */
import type { Evaluator, Facts, Ruleset } from '../engine/rules/ruleset.ts'
import type { Reason } from '../engine/session/reason.ts'
import { cipherSuiteMatches } from '../engine/tls/cipher-suites.ts'
import { endpoint } from '../net/endpoint.ts'
import { port } from '../net/port.ts'
import type { Cast } from './cast.ts'
import { type Cell, isActive, isHidden } from './cell.ts'
import type { Circumstances } from './circumstances.ts'
import { Dialogue } from './dialogue.ts'
import { NotingEvaluator } from './noting-evaluator.ts'
import { ScriptedClient, ScriptedServer } from './scripted-peers.ts'
import { type DataFate, SimulatedNetwork } from './simulated-network.ts'
import type { TlsManner } from './tls-bytes.ts'

/** Why a transfer fails that the gateway has nothing against. */
export const NETWORK_REASONS = {
  'network.family': 'clients of this network protocol cannot connect to the listener',
  'network.not-intercepted':
    'connections of this network protocol are not intercepted: the proxy neither helps nor refuses them',
  'network.no-range': 'nothing is open for a session that cannot be read',
  'network.nobody-listens': 'the data connection goes to a port where nobody listens',
  'network.past-proxy': 'the data connection goes past the proxy',
  'network.server-refuses': 'the server refuses the command',
} as const

export type NetworkReason = keyof typeof NETWORK_REASONS

/** How far a session got. */
export type Step = 'connect' | 'protect' | 'login' | 'set-up' | 'transfer' | 'done'

export interface Trial {
  readonly circumstances: Circumstances
  readonly step: Step
  readonly reason: Reason | NetworkReason | undefined
  /** The rule that decided about the last connection asked about. */
  readonly rule: string | undefined
  /** That connection. */
  readonly facts: Facts | undefined
  /** The profile of the session, where there was one. */
  readonly profile: string | undefined
}

const CLIENT_DATA_PORT = port(43_210)
/** The first of these that the profile does not deny is agreed on. */
const SUITES = {
  '1.3': [0x1301, 0x1302, 0x1303],
  '1.2': [0xc02f, 0xc030, 0xcca8, 0x009c],
} as const

export function tryCell(
  evaluator: Evaluator,
  cast: Cast,
  cell: Cell,
  circumstances: Circumstances,
): Trial {
  return new Attempt(evaluator, cast, cell, circumstances).run()
}

class Attempt {
  readonly #cast: Cast
  readonly #cell: Cell
  readonly #circumstances: Circumstances
  readonly #evaluator: NotingEvaluator
  readonly #network: SimulatedNetwork
  readonly #talk: Dialogue
  readonly #server: ScriptedServer
  readonly #client: ScriptedClient
  #fate: DataFate | 'refused' | undefined

  constructor(evaluator: Evaluator, cast: Cast, cell: Cell, circumstances: Circumstances) {
    this.#cast = cast
    this.#cell = cell
    this.#circumstances = circumstances
    this.#evaluator = new NotingEvaluator(evaluator)
    this.#network = new SimulatedNetwork(this.#evaluator, cast)
    this.#talk = new Dialogue(this.#network, this.#manner(evaluator.ruleset))
    this.#server = new ScriptedServer(cast, circumstances, () => this.#network.serverSees)
    this.#client = new ScriptedClient(cast, circumstances)
  }

  run(): Trial {
    const steps: readonly (readonly [Step, () => boolean])[] = [
      ['connect', () => this.#connect()],
      ['protect', () => this.#protect()],
      ['login', () => this.#login()],
      ['set-up', () => this.#setUp()],
      ['transfer', () => this.#transfer()],
    ]
    const step = steps.find(([, take]) => !take())?.[0] ?? 'done'
    const reason = step === 'done' ? undefined : this.#reason()
    const isData = step === 'done' || step === 'set-up' || step === 'transfer'
    const kind = isActive(this.#cell) ? 'active-data' : 'passive-data'
    // No rule is to blame for what the network does.
    const isAsked = isData && reason?.startsWith('network.') !== true
    const data = isAsked ? this.#evaluator.last(kind) : undefined
    const asked = data ?? this.#evaluator.last('control')
    const opened = this.#network.records.find((record) => record.type === 'session.open')
    return {
      circumstances: this.#circumstances,
      step,
      reason,
      rule: asked?.verdict.rule?.name,
      facts: asked?.facts,
      profile: opened?.profile,
    }
  }

  #connect(): boolean {
    this.#network.connect()
    return this.#network.serverSees !== undefined
  }

  /** Greeting, and what the client asks for before it logs in. */
  #protect(): boolean {
    const { protection } = this.#cell
    const { tls } = this.#cast.listener
    const isImplicit =
      protection === 'implicit-tls' || (protection === 'tls-ccc' && tls !== 'explicit')
    if (tls !== 'implicit') this.#talk.say('server', '220 ready')
    const isPatient = !isImplicit || tls === 'implicit-after-greeting'
    if (isPatient && !this.#talk.hear('client').startsWith('220')) return this.#giveUp()
    if (isImplicit && !this.#talk.handshake()) return false
    if (isImplicit && tls === 'implicit') this.#talk.say('server', '220 ready')
    switch (protection) {
      case 'explicit-tls':
        return this.#authTls()
      case 'tls-ccc':
        return isImplicit || this.#authTls()
      case 'gssapi':
        return this.#talk.obtains('AUTH GSSAPI', '334 ADAT must follow') && this.#talk.tokens()
      default:
        return true
    }
  }

  #authTls(): boolean {
    return this.#talk.obtains('AUTH TLS', '234 ok') && this.#talk.handshake()
  }

  /** A client that waits for a greeting that never comes. */
  #giveUp(): false {
    this.#network.waitOut()
    return false
  }

  #login(): boolean {
    this.#talk.hear('client')
    const isIn = this.#talk.obtains('USER u', '331 p') && this.#talk.obtains('PASS p', '230 in')
    if (!isIn || this.#cell.protection !== 'tls-ccc') return isIn
    return (
      this.#talk.obtains('PBSZ 0', '200 ok') &&
      this.#talk.obtains('PROT P', '200 ok') &&
      this.#talk.becomeClear()
    )
  }

  #setUp(): boolean {
    const { client, server } = this.#cast
    const listening = isActive(this.#cell) ? client : server
    this.#network.listen(endpoint(listening.address, this.#circumstances.dataPort))
    const line = this.#client.command(this.#cell.command)
    const heard = this.#talk.ask(line, (asked) => [this.#server.answer(asked)])
    if (/^2\d\d /.test(heard)) return this.#client.understands(heard)
    if (this.#server.hasRefused) this.#fate = 'refused'
    return false
  }

  #transfer(): boolean {
    const { server, client } = this.#cast
    if (!isActive(this.#cell))
      this.#fate = this.#network.connectData(
        endpoint(client.address, CLIENT_DATA_PORT),
        this.#client.target,
      )
    const heard = this.#talk.ask('RETR file', () => {
      const { told } = this.#server
      if (isActive(this.#cell) && told !== undefined)
        this.#fate = this.#network.connectData(
          endpoint(server.address, this.#circumstances.sourcePort),
          told,
        )
      return ['150 here it comes', '226 done']
    })
    return heard.startsWith('150') && this.#network.isCarried
  }

  #reason(): Reason | NetworkReason {
    const { records } = this.#network
    const verdict = records.findLast(
      (record) =>
        record.type === 'session.refused' ||
        record.type === 'data.refused' ||
        (record.type === 'verdict' && record.verdict !== 'note'),
    )
    if (verdict !== undefined && 'reason' in verdict) return verdict.reason as Reason
    const denied = records.find(
      (record) => record.type === 'verdict' && record.reason === 'opaque.denied',
    )
    if (isHidden(this.#cell) && denied !== undefined) return 'opaque.denied'
    const hasRange = records.some((record) => record.type === 'range.open')
    if (isHidden(this.#cell) && !isActive(this.#cell) && !hasRange) return 'network.no-range'
    if (this.#fate === 'refused') return 'network.server-refuses'
    return this.#fate === 'past' ? 'network.past-proxy' : 'network.nobody-listens'
  }

  #manner({ profiles }: Ruleset): TlsManner {
    const { tlsVersion: version, namesServer } = this.#circumstances
    const policies = [...profiles.values()].map(({ tls }) => tls)
    const denied = policies.flatMap(({ ciphersDeny }) => [...ciphersDeny])
    const suites: readonly number[] = SUITES[version]
    const suite = suites.find((one) => !denied.some((name) => cipherSuiteMatches(one, name)))
    const [name = 'ftp.example.org'] = policies.flatMap(({ serverNames }) => serverNames ?? [])
    return {
      version,
      serverName: namesServer ? name.replace('*', 'ftp') : undefined,
      cipherSuite: suite ?? suites[0] ?? 0,
    }
  }
}
