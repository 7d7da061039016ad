/**
 * Sets up data connections: announce → check → open → speak. A 227 or 229 goes to the client only
 * when its pinhole is open, a PORT or EPRT to the server likewise; and what was refused leaves no
 * data path behind, so the next transfer fails at once instead of hanging.
 */
import { type Endpoint, endpoint, formatEndpoint } from '../../net/endpoint.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import type { Instant } from '../../net/instant.ts'
import { port } from '../../net/port.ts'
import type { Command } from '../ftp/command.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import type { Facts } from '../rules/ruleset.ts'
import { type ActiveForm, activeCommand, readActiveAnnouncement } from './active-set-up.ts'
import type { SessionEvent } from './event.ts'
import type { Expectation } from './expectation.ts'
import type { Outbox } from './outbox.ts'
import {
  type PassiveForm,
  passiveReply,
  passiveRequest,
  readPassiveAnnouncement,
} from './passive-set-up.ts'
import type { Reason } from './reason.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

/** RFC 959 §3.2: the server's data port is the one below its control port, 21. */
const DATA_PORT = port(20)

/** Why a set-up came to nothing, for the reply and the record. */
export interface Refusal {
  readonly type: 'refuse'
  readonly reason: Reason
  readonly rule?: string
  readonly detail?: string
}

export type SetUpStep =
  | Refusal
  /** Send this to the server; its reply comes to {@link DataSetUp.replied}. */
  | { readonly type: 'ask'; readonly bytes: Uint8Array }
  /** The pinhole is being opened; {@link DataSetUp.pinholeOpened} goes on. */
  | { readonly type: 'held' }
  /** Send the server's reply on as it came. */
  | { readonly type: 'relay' }
  /** Send this to the client instead of the server's reply. */
  | { readonly type: 'tell'; readonly bytes: Uint8Array }

type Current =
  | { readonly mode: 'active'; readonly form: ActiveForm; readonly announced: Endpoint }
  | { readonly mode: 'passive'; readonly asked: PassiveForm; readonly expects: PassiveForm }
  | { readonly mode: 'epsv-all' }
  /** A transfer on the default data port: `command` waits for its pinhole (RFC 959 §3.2). */
  | { readonly mode: 'default' }

/** Our two ends and the two peers, once both legs stand. */
export interface Legs {
  readonly client: Endpoint
  readonly clientLocal: Endpoint
  readonly server: Endpoint
  readonly serverLocal: Endpoint
}

export class DataSetUp {
  readonly #settings: SessionSettings
  readonly #shared: SharedTables
  readonly #outbox: Outbox
  readonly #expectation: Expectation
  #legs: Legs | undefined
  #current: Current | undefined
  #isEpsvAll = false
  /** `refused`: the last set-up failed, so no transfer may start (Q25, Q26). */
  #path: 'none' | 'ready' | 'refused' = 'none'

  constructor(
    settings: SessionSettings,
    shared: SharedTables,
    outbox: Outbox,
    expectation: Expectation,
  ) {
    this.#settings = settings
    this.#shared = shared
    this.#outbox = outbox
    this.#expectation = expectation
  }

  serverConnected(serverLocal: Endpoint): void {
    const { client, local, listener } = this.#settings
    this.#legs = { client, clientLocal: local, server: listener.server, serverLocal }
  }

  get isRefused(): boolean {
    return this.#path === 'refused'
  }

  /** REIN or a new login: nothing is left of what was set up. */
  reset(): void {
    this.#isEpsvAll = false
    this.#path = 'none'
  }

  /** PORT, EPRT, PASV or EPSV. Even a refused attempt ends what was set up before (D9, Q25). */
  begin(command: Command, isLoggedIn: boolean, now: Instant): SetUpStep {
    this.#expectation.close('replaced', now)
    this.#current = undefined
    this.#path = 'refused'
    if (!isLoggedIn) return refuse('login.required')
    if (this.#isEpsvAll && command.verb !== 'EPSV') return refuse('epsv-all')
    const step =
      command.traits.setUp === 'active'
        ? this.#beginActive(command, now)
        : this.#beginPassive(command)
    if (step.type === 'refuse') this.#current = undefined
    return step
  }

  #beginActive(command: Command, now: Instant): SetUpStep {
    if (this.#settings.profile.activeMode === 'denied') return refuse('active.denied')
    const announcement = readActiveAnnouncement(command, this.#settings, this.#shared)
    if (announcement.type === 'refused')
      return { ...refuse(announcement.reason), detail: `peer ${this.#settings.client.address}` }
    this.#current = {
      mode: 'active',
      form: announcement.form,
      announced: announcement.endpoint,
    }
    return this.#expectActive(announcement.endpoint, undefined, now)
  }

  /**
   * A transfer without PORT or PASV: the server will connect to the port that our control
   * connection comes from, and means the client's (RFC 959 §3.2).
   */
  beginDefault(now: Instant): SetUpStep {
    this.#current = { mode: 'default' }
    return this.#expectActive(this.#settings.client, this.#knownLegs.serverLocal.port, now)
  }

  /** Whether a transfer with nothing set up may use the default data port. */
  get isDefaultAllowed(): boolean {
    const { activeMode, defaultDataPort } = this.#settings.profile
    const isFresh = this.#path === 'none' && this.#expectation.announced === undefined
    return isFresh && activeMode === 'allowed' && defaultDataPort === 'allowed'
  }

  #expectActive(
    announced: Endpoint,
    listenPort: Endpoint['port'] | undefined,
    now: Instant,
  ): SetUpStep {
    const { clientLocal, server, serverLocal } = this.#knownLegs
    const verdict = this.#evaluate('active-data', server.address, announced)
    if (verdict.type === 'refuse') return verdict
    const isRequested = this.#expectation.request(
      {
        mode: 'active',
        endpoint: announced,
        peer: server.address,
        listen: { address: serverLocal.address, port: listenPort },
        from: { address: clientLocal.address, port: DATA_PORT },
        rule: verdict.rule,
      },
      now,
    )
    return isRequested ? { type: 'held' } : refuse('range.exhausted')
  }

  #beginPassive(command: Command): SetUpStep {
    const { client, server } = this.#knownLegs
    const families = [ipFamily(client.address), ipFamily(server.address)] as const
    const request = passiveRequest(command, ...families)
    switch (request.type) {
      case 'refused':
        return refuse(request.reason)
      case 'epsv-all':
        this.#current = { mode: 'epsv-all' }
        return { type: 'ask', bytes: request.bytes }
      case 'send': {
        const asked = command.verb === 'PASV' ? '227' : '229'
        this.#current = { mode: 'passive', asked, expects: request.expects }
        return { type: 'ask', bytes: request.bytes }
      }
    }
  }

  /** The server's final reply to what was asked. `line` is its last line. */
  replied(code: number, line: Uint8Array, now: Instant): SetUpStep {
    const current = this.#current
    if (current === undefined) return { type: 'relay' }
    if (code >= 400) {
      this.#giveUp(now)
      return { type: 'relay' }
    }
    switch (current.mode) {
      case 'epsv-all':
        if (code >= 200 && code < 300) this.#isEpsvAll = true
        return { type: 'relay' }
      case 'passive':
        if (`${code}` !== current.expects) return this.#fail('reply.mismatch', now)
        return this.#announcedByServer(current.expects, line.subarray(4), now)
      default:
        // Exactly 200 (RFC 959 §5.4): nothing else says that the server will connect there.
        if (code !== 200) return this.#fail('reply.mismatch', now)
        this.#accepted()
        return { type: 'relay' }
    }
  }

  #announcedByServer(form: PassiveForm, text: Uint8Array, now: Instant): SetUpStep {
    const { client, clientLocal, server, serverLocal } = this.#knownLegs
    const announcement = readPassiveAnnouncement(form, text, server.address, this.#settings.profile)
    if (announcement.type === 'refused') return this.#fail(announcement.reason, now)
    const verdict = this.#evaluate('passive-data', client.address, announcement.endpoint)
    if (verdict.type === 'refuse') return { ...this.#fail(verdict.reason, now), ...verdict }
    const isRequested = this.#expectation.request(
      {
        mode: 'passive',
        endpoint: announcement.endpoint,
        peer: client.address,
        listen: { address: clientLocal.address, port: undefined },
        from: { address: serverLocal.address, port: undefined },
        rule: verdict.rule,
      },
      now,
    )
    return isRequested ? { type: 'held' } : this.#fail('range.exhausted', now)
  }

  /** The pinhole is open: now the line that was held may be spoken. */
  pinholeOpened(
    event: Extract<SessionEvent, { type: 'pinholeOpened' }>,
    now: Instant,
  ): SetUpStep | undefined {
    const current = this.#current
    const announced = this.#expectation.announced
    if (current === undefined || announced === undefined) return undefined
    if (!this.#expectation.opened(event.pinhole, event.listening, now)) return undefined
    switch (current.mode) {
      case 'active': {
        const sent = activeCommand(current.form, this.#settings.client, event.listening)
        this.#recordRewrite(current.form, announced.endpoint, event.listening, sent.form)
        return { type: 'ask', bytes: sent.bytes }
      }
      case 'passive': {
        const told = endpoint(this.#told(current.asked), event.listening.port)
        this.#recordRewrite(current.expects, announced.endpoint, told, current.asked)
        this.#accepted()
        return { type: 'tell', bytes: passiveReply(current.asked, told.address, told.port) }
      }
      default:
        this.#accepted()
        return { type: 'ask', bytes: new Uint8Array(0) }
    }
  }

  /** `undefined`: another port is being tried. */
  pinholeFailed(
    event: Extract<SessionEvent, { type: 'pinholeFailed' }>,
    now: Instant,
  ): Refusal | undefined {
    if (this.#current === undefined) return undefined
    if (this.#expectation.failed(event.pinhole, event.cause, now)) return undefined
    return { ...this.#fail('pinhole.failed', now), detail: event.cause }
  }

  /** Why a peer that came to the pinhole may not use it; its source port is known only now. */
  checkPeer(pinhole: Pinhole, peer: Endpoint): Reason | undefined {
    const verdict = this.#settings.evaluator.evaluate({
      kind: pinhole.mode === 'active' ? 'active-data' : 'passive-data',
      from: peer.address,
      to: pinhole.dial.address,
      port: pinhole.dial.port,
      fromPort: peer.port,
    })
    return verdict.type === 'permit' ? undefined : 'data.source-port'
  }

  /** The TTL is over. */
  expired(now: Instant): void {
    this.#expectation.close('expired', now)
    this.#path = 'refused'
  }

  /** The transfer is done; the next one needs a set-up of its own, or the server refuses it. */
  transferEnded(): void {
    if (this.#path === 'ready') this.#path = 'none'
  }

  #accepted(): void {
    this.#expectation.arm()
    this.#path = 'ready'
    this.#current = undefined
  }

  #giveUp(now: Instant): void {
    this.#expectation.close('refused', now)
    this.#current = undefined
  }

  #fail(reason: Reason, now: Instant): Refusal {
    this.#giveUp(now)
    return refuse(reason)
  }

  /** The address a client is told: in 229 none is, but a record wants one. */
  #told(asked: PassiveForm): Ip {
    const { listener, local } = this.#settings
    return asked === '227' ? (listener.publicAddress ?? local.address) : local.address
  }

  #evaluate(
    kind: 'active-data' | 'passive-data',
    from: Ip,
    announced: Endpoint,
  ): Refusal | { readonly type: 'permit'; readonly rule: string } {
    const facts: Facts = {
      kind,
      from,
      to: announced.address,
      port: announced.port,
      fromPort: undefined,
    }
    const verdict = this.#settings.evaluator.evaluate(facts)
    if (verdict.type === 'permit') return { type: 'permit', rule: verdict.rule?.name ?? '' }
    const detail = `${kind} from ${from} to ${formatEndpoint(announced)}`
    return verdict.rule === undefined
      ? { type: 'refuse', reason: 'rule.none', detail }
      : { type: 'refuse', reason: 'rule.denied', rule: verdict.rule.name, detail }
  }

  #recordRewrite(
    form: ActiveForm | PassiveForm,
    before: Endpoint,
    after: Endpoint,
    as: ActiveForm | PassiveForm,
  ): void {
    this.#outbox.record({
      type: 'rewrite',
      form,
      before: formatEndpoint(before),
      after: formatEndpoint(after),
      ...(as === form ? {} : { as }),
    })
  }

  get #knownLegs(): Legs {
    if (this.#legs === undefined) throw new Error('no data connection before the server leg stands')
    return this.#legs
  }
}

function refuse(reason: Reason): Refusal {
  return { type: 'refuse', reason }
}
