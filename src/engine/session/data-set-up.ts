/**
 * Sets up data connections: announce → check → open → speak. A 227 or 229 goes to the client only
 * when its pinhole is open, a PORT or EPRT to the server likewise; and what was refused leaves no
 * data path behind, so the next transfer fails at once instead of hanging.
 */
import { type Endpoint, formatEndpoint, sameEndpoint } from '../../net/endpoint.ts'
import type { Instant } from '../../net/instant.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import type { Command } from '../ftp/command.ts'
import {
  activeOpening,
  defaultOpening,
  type Legs,
  type Opening,
  passiveOpening,
  toldToClient,
  toldToServer,
} from './addressing.ts'
import { type ActiveForm, activeCommand, readActiveAnnouncement } from './active-set-up.ts'
import { checkAnnounced } from './data-rules.ts'
import type { SessionEvent, Side } from './event.ts'
import type { Expectation } from './expectation.ts'
import type { Outbox } from './outbox.ts'
import {
  type PassiveForm,
  passiveReply,
  passiveRequest,
  readPassiveAnnouncement,
} from './passive-set-up.ts'
import type { Reason } from './reason.ts'
import { isReserved } from './reserved-code.ts'
import { type Refusal, refuse, type SetUpStep } from './set-up-step.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

type Current =
  | { readonly mode: 'active'; readonly form: ActiveForm; readonly announced: Endpoint }
  | { readonly mode: 'passive'; readonly asked: PassiveForm; readonly expects: PassiveForm }
  | { readonly mode: 'epsv-all' }
  /** A transfer on the default data port: `command` waits for its pinhole (RFC 959 §3.2). */
  | { readonly mode: 'default' }

export class DataSetUp {
  readonly #settings: SessionSettings
  readonly #shared: SharedTables
  readonly #outbox: Outbox
  readonly #expectation: Expectation
  #legs: Legs | undefined
  /** What is being set up and has neither succeeded nor failed. */
  #current: Current | undefined
  #isEpsvAll = false
  /** `refused`: the last set-up failed or is gone, so no transfer may start (Q25, Q26). */
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
    const { client, local, server } = this.#settings
    this.#legs = { client, clientLocal: local, server, serverLocal }
  }

  /**
   * PORT, EPRT, PASV or EPSV. Even a refused attempt ends what was set up before (D9, Q25); the
   * caller has closed its pinhole.
   */
  begin(command: Command, isLoggedIn: boolean, now: Instant): SetUpStep {
    this.#current = undefined
    if (!isLoggedIn) return refuse('login.required')
    this.#path = 'refused'
    if (this.#isEpsvAll && command.verb !== 'EPSV') return refuse('epsv-all')
    return command.traits.setUp === 'active'
      ? this.#beginActive(command, now)
      : this.#beginPassive(command)
  }

  #beginActive(command: Command, now: Instant): SetUpStep {
    if (this.#settings.profile.activeMode === 'denied') return refuse('active.denied')
    const announcement = readActiveAnnouncement(command, this.#settings, this.#shared)
    if (announcement.type === 'refused')
      return { ...refuse(announcement.reason), detail: `peer ${this.#settings.client.address}` }
    const { form, endpoint: announced, replaced } = announcement
    if (replaced !== undefined) this.#noteReplaced('port.foreign-address', 'client', form, replaced)
    const { listener, evaluator } = this.#settings
    const { dataPath } = evaluator.ruleset
    const opening = activeOpening(this.#knownLegs, listener, dataPath, announced)
    return this.#expectActive({ mode: 'active', form, announced }, opening, now)
  }

  /** A transfer, with what was set up before it or with nothing. */
  beginTransfer(isLoggedIn: boolean, now: Instant): SetUpStep {
    if (this.#path === 'refused') return refuse('setup.refused')
    if (!isLoggedIn || !this.#isDefaultAllowed) return { type: 'go' }
    return this.#expectActive({ mode: 'default' }, defaultOpening(this.#knownLegs), now)
  }

  get #isDefaultAllowed(): boolean {
    const { activeMode, defaultDataPort } = this.#settings.profile
    const isFresh = this.#path === 'none' && this.#expectation.announced === undefined
    return isFresh && activeMode === 'allowed' && defaultDataPort === 'allowed' && !this.#isEpsvAll
  }

  #expectActive(current: Current, opening: Opening, now: Instant): SetUpStep {
    const peer = this.#knownLegs.server.address
    const verdict = checkAnnounced(this.#settings.evaluator, 'active', peer, opening.dial)
    if (verdict.type === 'refuse') return verdict
    this.#current = current
    const { rule, fromPorts } = verdict
    const announced = { mode: 'active', peer, opening, rule, fromPorts } as const
    return this.#expectation.request(announced, now)
      ? { type: 'held' }
      : this.#fail('range.exhausted', now)
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

  /** The server's reply to what was asked. `line` is its last line. */
  replied(code: number, line: Uint8Array, now: Instant): SetUpStep {
    const current = this.#current
    if (code >= 400 && code < 600) {
      this.#giveUp(now)
      return { type: 'relay' }
    }
    switch (current?.mode) {
      case 'epsv-all':
        if (code < 200 || code >= 300 || isReserved(code)) return this.#fail('setup.mismatch', now)
        this.#isEpsvAll = true
        this.#current = undefined
        return { type: 'relay' }
      case 'passive':
        if (`${code}` !== current.expects) return this.#fail('setup.mismatch', now)
        return this.#announcedByServer(current.expects, line.subarray(4), now)
      default:
        // Exactly 200 (RFC 959 §5.4): nothing else says that the server will connect there.
        if (code !== 200) return this.#fail('setup.mismatch', now)
        if (this.#expectation.open === undefined) return this.#fail('pinhole.expired', now)
        this.#accepted()
        return { type: 'relay' }
    }
  }

  #announcedByServer(form: PassiveForm, text: Uint8Array, now: Instant): SetUpStep {
    const { client, server } = this.#knownLegs
    const { evaluator, profile, listener, local } = this.#settings
    const { localAddresses } = this.#shared
    const hasRange = listener.serverPassivePorts !== undefined
    const advertised = listener.publicAddress ?? (hasRange ? local.address : undefined)
    const read = readPassiveAnnouncement(
      form,
      text,
      server.address,
      localAddresses,
      profile,
      advertised,
    )
    if (read.type === 'refused') return this.#fail(read.reason, now)
    if (read.replaced !== undefined)
      this.#noteReplaced('pasv.foreign-address', 'server', form, read.replaced)
    const verdict = checkAnnounced(evaluator, 'passive', client.address, read.endpoint)
    if (verdict.type === 'refuse') return { ...this.#fail(verdict.reason, now), ...verdict }
    const { rule, fromPorts } = verdict
    const opening = passiveOpening(this.#knownLegs, listener, read.endpoint)
    const announced = { mode: 'passive', peer: client.address, opening, rule, fromPorts } as const
    return this.#expectation.request(announced, now)
      ? { type: 'held' }
      : this.#fail('range.exhausted', now)
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
    const { listener } = this.#settings
    switch (current.mode) {
      case 'active': {
        const told = toldToServer(listener, event.listening)
        const sent = activeCommand(current.form, this.#settings.client, told)
        this.#recordRewrite(current.form, announced.opening.dial, told, sent.form)
        return { type: 'ask', bytes: sent.bytes }
      }
      case 'passive': {
        const told = toldToClient(current.asked, listener, this.#knownLegs, event.listening)
        this.#recordRewrite(current.expects, announced.opening.dial, told, current.asked)
        this.#accepted()
        return { type: 'tell', bytes: passiveReply(current.asked, told.address, told.port) }
      }
      default:
        this.#accepted()
        return { type: 'go' }
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

  /** The TTL is over. */
  expired(now: Instant): void {
    this.#expectation.close('expired', now)
    this.#path = 'refused'
  }

  /** ABOR, or a new login: what was announced is no longer expected. */
  aborted(now: Instant): void {
    if (this.#expectation.announced !== undefined) this.#path = 'refused'
    this.#expectation.close('aborted', now)
  }

  /** The data connection is gone before a transfer could use it. */
  connectionLost(): void {
    if (this.#path === 'ready') this.#path = 'refused'
  }

  /** The transfer is done; the next one needs a set-up of its own, or the server refuses it. */
  transferEnded(): void {
    if (this.#path === 'ready') this.#path = 'none'
  }

  /** The server reinitialised the session (REIN): nothing is left of what was agreed. */
  reinitialised(): void {
    this.#isEpsvAll = false
    this.#path = 'none'
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

  #noteReplaced(reason: Reason, side: Side, verb: string, written: Ip): void {
    this.#outbox.verdict('note', reason, { side, verb, detail: `replaced ${written}` })
  }

  /** Where nothing is translated, there is nothing to record. */
  #recordRewrite(
    form: ActiveForm | PassiveForm,
    before: Endpoint,
    after: Endpoint,
    as: ActiveForm | PassiveForm,
  ): void {
    if (form === as && sameEndpoint(before, after)) return
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
