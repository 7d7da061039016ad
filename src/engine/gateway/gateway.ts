/**
 * All sessions of one process and the tables they share. The shell hands every event to it; so does
 * a replay, with the times of a capture.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import type { Instant } from '../../net/instant.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import type { SessionId } from '../id.ts'
import { isLoopback } from '../nat/address-policy.ts'
import { PinholeTable } from '../nat/pinhole-table.ts'
import { PortLeases } from '../nat/port-leases.ts'
import type { RandomInteger } from '../nat/port-pool.ts'
import type { OpenRange, PortUse } from '../nat/port-use.ts'
import { RangeTable } from '../nat/scoped-range.ts'
import type { Evaluator, Listener, Profile } from '../rules/ruleset.ts'
import { ORIGINAL_DESTINATION } from '../rules/ruleset.ts'
import type { Effect } from '../session/effect.ts'
import type { Event, GatewayEvent, SessionEvent } from '../session/event.ts'
import { isOfThisHost, leadsBack } from './loop.ts'
import { formatReply, localReply } from '../session/local-reply.ts'
import { LoginFailures } from '../session/login-failures.ts'
import type { Reason } from '../session/reason.ts'
import { Session } from '../session/session.ts'

type ClientConnected = Extract<GatewayEvent, { type: 'clientConnected' }>
type DataConnection = Extract<GatewayEvent, { type: 'dataConnection' }>
type DataPassed = Extract<SessionEvent, { type: 'dataPassed' }>

export class Gateway {
  #evaluator: Evaluator
  /** What all sessions see; a change of the host's addresses reaches those that run as well. */
  readonly #shared: {
    readonly leases: PortLeases
    readonly pinholes: PinholeTable
    readonly ranges: RangeTable
    readonly loginFailures: LoginFailures
    localAddresses: ReadonlySet<Ip>
  }
  readonly #sessions = new Map<SessionId, Session>()
  readonly #clientOf = new Map<SessionId, Ip>()
  readonly #sessionsOf = new Map<Ip, number>()
  #isLogFailing = false
  #drainUntil: Instant | undefined

  constructor(evaluator: Evaluator, random: RandomInteger) {
    this.#evaluator = evaluator
    this.#shared = {
      leases: new PortLeases(random),
      pinholes: new PinholeTable(),
      ranges: new RangeTable(),
      loginFailures: new LoginFailures(),
      localAddresses: new Set(),
    }
  }

  /** The only way in. */
  handle(event: Event, now: Instant): readonly Effect[] {
    switch (event.type) {
      case 'clientConnected':
        return this.#clientConnected(event, now)
      case 'dataConnection':
        return this.#dataConnection(event, now)
      case 'dataDenied':
        return [this.#refusedData(event.local, event.peer)]
      case 'dataPassed':
        return this.#dataPassed(event, now)
      case 'drain':
        return this.#drain(event.until, now)
      case 'packetLogFailed':
        this.#isLogFailing = true
        return []
      case 'packetLogRecovered':
        this.#isLogFailing = false
        return []
      case 'localAddresses':
        this.#shared.localAddresses = new Set(event.addresses)
        return []
      case 'rulesReplaced':
        this.#evaluator = event.evaluator
        return []
      default:
        return this.#toSession(event, now)
    }
  }

  /** When `deadlineReached` is due for a session. */
  nextDeadline(session: SessionId): Instant | undefined {
    return this.#sessions.get(session)?.nextDeadline
  }

  /** Takes a session out that the shell has ended, or that cannot go on. */
  discard(id: SessionId, now: Instant): readonly Effect[] {
    const session = this.#sessions.get(id)
    this.#remove(id)
    return session?.abandon(now) ?? []
  }

  /** For status and for tests that nothing is left behind; `pinholes` counts static ranges too. */
  get counts(): {
    sessions: number
    clients: number
    pinholes: number
    leases: number
  } {
    return {
      sessions: this.#sessions.size,
      clients: this.#sessionsOf.size,
      pinholes: this.#shared.pinholes.size + this.#shared.ranges.size,
      leases: this.#shared.leases.heldCount,
    }
  }

  /** Who uses which ports at addresses of ours, and which rest. */
  *portUses(now: Instant): Iterable<PortUse> {
    for (const session of this.#sessions.values()) yield* session.portUses
    for (const lease of this.#shared.leases.resting(now))
      yield { state: 'resting', ...lease, session: undefined }
  }

  /** The ranges at addresses of ours that opaque sessions may use as they like. */
  *openRanges(): Iterable<OpenRange> {
    for (const { openRange } of this.#sessions.values())
      if (openRange !== undefined) yield openRange
  }

  #clientConnected(event: ClientConnected, now: Instant): readonly Effect[] {
    const { ruleset } = this.#evaluator
    const listener = ruleset.listeners.find((one) => one.name === event.listener)
    if (listener === undefined) return refuse(event, undefined, 'rule.none')
    const isIntercepted = listener.intercept !== 'none'
    // Nobody connects to an intercepting listener itself; there would be no server to go to.
    if (isIntercepted && event.original === undefined)
      return refuse(event, undefined, 'intercept.not-redirected')
    const server = listener.server === ORIGINAL_DESTINATION ? event.original : listener.server
    if (server === undefined) return refuse(event, undefined, 'intercept.not-redirected')
    const refusal = this.#refusal(event, listener, server, now)
    if (refusal !== undefined) return refuse(event, server, refusal)
    const verdict = this.#evaluator.evaluate({
      kind: 'control',
      from: event.client.address,
      to: server.address,
      port: server.port,
      fromPort: event.client.port,
    })
    if (verdict.type === 'deny')
      return verdict.rule === undefined
        ? refuse(event, server, 'rule.none')
        : refuse(event, server, 'rule.denied', verdict.rule.name)
    const session = new Session(
      {
        id: event.session,
        listener,
        profile: this.#profile(verdict.rule?.profile ?? 'default'),
        rule: verdict.rule?.name ?? '',
        evaluator: this.#evaluator,
        client: event.client,
        server,
        local: isIntercepted ? server : event.local,
      },
      this.#shared,
      now,
    )
    this.#add(event.session, session, event.client.address)
    return session.open()
  }

  /** Why no new session may start now, whatever the rules permit. */
  #refusal(
    event: ClientConnected,
    listener: Listener,
    server: Endpoint,
    now: Instant,
  ): Reason | undefined {
    const { limits, packetLog } = this.#evaluator.ruleset
    const { address } = event.client
    if (this.#drainUntil !== undefined) return 'draining'
    if (this.#isLogFailing && packetLog.onFailure === 'deny') return 'packet-log.failing'
    if (this.#isSelf(event, listener, server)) return 'server.self'
    if (event.isOneTooManyFor === 'descriptors') return 'limit.descriptors'
    if (event.isOneTooManyFor === 'sessions' || this.#sessions.size >= limits.sessions)
      return 'limit.sessions'
    if ((this.#sessionsOf.get(address) ?? 0) >= limits.sessionsPerClient)
      return 'limit.sessions-per-client'
    const failures = this.#shared.loginFailures.of(address, now)
    return failures >= limits.loginFailuresPerClient ? 'login.failures' : undefined
  }

  #isSelf({ client, local }: ClientConnected, listener: Listener, server: Endpoint): boolean {
    const { listeners } = this.#evaluator.ruleset
    const { localAddresses } = this.#shared
    if (listener.intercept === 'none')
      return leadsBack(server, listeners, new Set([...localAddresses, local.address]))
    // Our end of an intercepted connection may have the server's address. Loopback is this host's,
    // but in the capture of a client that is on loopback itself: that host is not ours.
    return isLoopback(client.address) && isLoopback(server.address)
      ? localAddresses.has(server.address)
      : isOfThisHost(server.address, localAddresses) || leadsBack(server, listeners, localAddresses)
  }

  #profile(name: string): Profile {
    const profile = this.#evaluator.ruleset.profiles.get(name)
    if (profile === undefined) throw new Error(`the loader let a dangling profile pass: ${name}`)
    return profile
  }

  /** Finds whose pinhole somebody came to; strangers are dropped and hurt nobody (D1, D2). */
  #dataConnection(event: DataConnection, now: Instant): readonly Effect[] {
    const { pinholes, ranges } = this.#shared
    const open =
      pinholes.match(event.local, event.peer.address)?.pinhole ??
      ranges.match(event.local, event.peer.address)
    if (open === undefined)
      return [
        { type: 'dropData', connection: event.connection },
        this.#refusedData(event.local, event.peer),
      ]
    const { id: pinhole, session } = open
    const { connection, local, peer } = event
    return this.#toSession({ type: 'dataAccepted', session, connection, pinhole, local, peer }, now)
  }

  /** A session that is gone cannot cut off what the kernel let through for it. */
  #dataPassed(event: DataPassed, now: Instant): readonly Effect[] {
    if (this.#sessions.has(event.session)) return this.#toSession(event, now)
    return [
      { type: 'closeData', connection: event.connection },
      this.#refusedData(event.local, event.peer),
    ]
  }

  #refusedData(local: Endpoint, peer: Endpoint): Effect {
    const { pinholes, ranges } = this.#shared
    const [waiting, another] = pinholes.waitingAt(local)
    const isOnlyOne = waiting !== undefined && another === undefined
    const isForeign = waiting !== undefined || ranges.isOpenAt(local)
    return {
      type: 'record',
      record: {
        type: 'data.refused',
        peer: formatEndpoint(peer),
        local: formatEndpoint(local),
        reason: isForeign ? 'data.foreign-peer' : 'data.extra-peer',
        ...(isOnlyOne ? { session: waiting.pinhole.session } : {}),
      },
    }
  }

  #drain(until: Instant, now: Instant): readonly Effect[] {
    this.#drainUntil = until
    return [...this.#sessions.keys()].flatMap((session) =>
      this.#toSession({ type: 'drainRequested', session, until }, now),
    )
  }

  /** Events of a session that is gone are answered with nothing. */
  #toSession(event: SessionEvent, now: Instant): readonly Effect[] {
    const session = this.#sessions.get(event.session)
    if (session === undefined) return []
    const effects = session.handle(event, now)
    if (session.isClosed) this.#remove(event.session)
    return effects
  }

  #add(id: SessionId, session: Session, client: Ip): void {
    this.#sessions.set(id, session)
    this.#clientOf.set(id, client)
    this.#sessionsOf.set(client, (this.#sessionsOf.get(client) ?? 0) + 1)
  }

  #remove(id: SessionId): void {
    const client = this.#clientOf.get(id)
    this.#sessions.delete(id)
    this.#clientOf.delete(id)
    if (client === undefined) return
    const left = (this.#sessionsOf.get(client) ?? 1) - 1
    if (left === 0) this.#sessionsOf.delete(client)
    else this.#sessionsOf.set(client, left)
  }
}

/** Turns a client away before any server is dialled (R1). */
function refuse(
  event: ClientConnected,
  server: Endpoint | undefined,
  reason: Reason,
  rule?: string,
): readonly Effect[] {
  const { session, client } = event
  const { text } = localReply(reason, ipFamily(client.address))
  return [
    {
      type: 'record',
      record: {
        type: 'session.refused',
        listener: event.listener,
        client: formatEndpoint(client),
        server: server === undefined ? '' : formatEndpoint(server),
        reason,
        ...(rule === undefined ? {} : { rule }),
      },
    },
    { type: 'send', session, side: 'client', bytes: formatReply({ code: 421, text }) },
    { type: 'close', session, side: 'client' },
    { type: 'sessionEnded', session },
  ]
}
