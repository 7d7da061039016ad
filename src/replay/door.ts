/**
 * Through which listener a captured control connection would have come, had Portcullis been there:
 * the one whose server it went to, or one made up for it that stands in the way and changes nothing.
 */
import { isLoopback } from '../engine/nat/address-policy.ts'
import { frontDoor } from '../engine/rules/built-in.ts'
import {
  type Evaluator,
  type Listener,
  type ListenerTls,
  ORIGINAL_DESTINATION,
  type Ruleset,
} from '../engine/rules/ruleset.ts'
import { type Endpoint, endpoint, sameEndpoint } from '../net/endpoint.ts'
import { ip, type Ip, type IpFamily, ipFamily } from '../net/ip.ts'
import { port } from '../net/port.ts'

/** Stand for the proxy where the rule file does not name an address of it (RFC 5737, RFC 3849). */
const PROXY: Readonly<Record<IpFamily, Ip>> = { 4: ip('192.0.2.1'), 6: ip('2001:db8::1') }

/** Where no server listens, so that none is taken for the proxy itself. */
const NOWHERE = port(1)

/** The name of the listener that is made up. */
export const CAPTURE_LISTENER = 'capture'

export interface Door {
  /** The rules with this one listener. */
  readonly evaluator: Evaluator
  readonly listener: Listener
  /** Our end of the client leg. */
  readonly local: Endpoint
  /** Where the client meant to go, if the listener does not say. */
  readonly original: Endpoint | undefined
  /** Our end of the server leg. */
  readonly serverLocal: Endpoint
  /** Whether the capture is of the proxy itself: the ends above are those of its sockets. */
  readonly isProxied: boolean
}

export interface Observed {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly tls: ListenerTls
  /** Our ends of both legs, where both are in the capture. */
  readonly legs?: { readonly client: Endpoint; readonly server: Endpoint } | undefined
  /** Of every session until now, for ports of our own. */
  readonly ordinal: number
}

/** @param name the listener to use for every session, whatever server it names. */
export function chooseDoor(evaluator: Evaluator, observed: Observed, name?: string): Door {
  const { client, server, ordinal, legs } = observed
  if (legs !== undefined) return proxiedDoor(evaluator, observed, legs, name)
  const found = findListener(evaluator.ruleset, server, name)
  const listener = found ?? madeUp(observed)
  const isOriginal = listener.server === ORIGINAL_DESTINATION
  const proxy = isOriginal ? client.address : addressOf(listener, ipFamily(server.address))
  return {
    evaluator: only(evaluator, listener),
    listener,
    local: endpoint(addressOf(listener, ipFamily(client.address)), listener.listen.port),
    original: isOriginal ? server : undefined,
    serverLocal: endpoint(proxy, isOriginal ? client.port : port(32_768 + (ordinal % 28_000))),
    isProxied: false,
  }
}

/** The rules with one listener. */
function only(evaluator: Evaluator, listener: Listener): Evaluator {
  return {
    ruleset: { ...evaluator.ruleset, listeners: [listener] },
    evaluate: (facts) => evaluator.evaluate(facts),
  }
}

/** The client came to the proxy itself, through the listener that was there, or one like it. */
function proxiedDoor(
  evaluator: Evaluator,
  observed: Observed,
  legs: { readonly client: Endpoint; readonly server: Endpoint },
  name: string | undefined,
): Door {
  const { server } = observed
  const { listeners } = evaluator.ruleset
  const known = listeners.filter((one) =>
    name === undefined
      ? one.server !== ORIGINAL_DESTINATION && sameEndpoint(one.server, server)
      : one.name === name,
  )
  const found = known.find(({ listen }) => listen.port === legs.client.port) ?? known[0]
  const listener: Listener =
    found?.server !== undefined && found.server !== ORIGINAL_DESTINATION && name === undefined
      ? found
      : { ...(found ?? plainListener(observed, legs.client)), listen: legs.client, server }
  return {
    evaluator: only(evaluator, listener),
    listener,
    local: legs.client,
    original: undefined,
    serverLocal: legs.server,
    isProxied: true,
  }
}

function findListener(
  { listeners }: Ruleset,
  server: Endpoint,
  name: string | undefined,
): Listener | undefined {
  if (name !== undefined) {
    const named = listeners.find((one) => one.name === name)
    // Its rules and settings are meant, for the server that is in the capture.
    return named === undefined ? undefined : intercepting(named)
  }
  const isOf = (one: Listener): boolean =>
    one.server !== ORIGINAL_DESTINATION && sameEndpoint(one.server, server)
  const isGateway = (one: Listener): boolean =>
    one.server === ORIGINAL_DESTINATION && one.interceptPort === server.port
  const listener = listeners.find(isOf) ?? listeners.find(isGateway)
  return listener?.server === ORIGINAL_DESTINATION ? intercepting(listener) : listener
}

/** The capture's own server is the one meant; the host of the proxy is not in the capture. */
function intercepting(listener: Listener): Listener {
  const listen = endpoint(listener.listen.address, NOWHERE)
  return { ...listener, listen, server: ORIGINAL_DESTINATION }
}

function madeUp({ server, tls }: Observed): Listener {
  const address = isLoopback(server.address) ? server.address : PROXY[ipFamily(server.address)]
  const plain = plainListener({ server, tls }, endpoint(address, NOWHERE))
  return { ...plain, intercept: 'tproxy', server: ORIGINAL_DESTINATION }
}

function plainListener(
  { server, tls }: Pick<Observed, 'server' | 'tls'>,
  listen: Endpoint,
): Listener {
  const [plain] = frontDoor({ listen, server, tls }).listeners
  if (plain === undefined) throw new Error('a front door has a listener')
  return { ...plain, name: CAPTURE_LISTENER }
}

/** An address of the proxy that peers of a family can be told. */
function addressOf({ listen, publicAddress }: Listener, family: IpFamily): Ip {
  if (publicAddress !== undefined && ipFamily(publicAddress) === family) return publicAddress
  const isSpecific = listen.address !== '0.0.0.0' && listen.address !== '::'
  return isSpecific && ipFamily(listen.address) === family ? listen.address : PROXY[family]
}

/** Rules for a replay without a rule file: they permit all, so only the proxy's own checks decide. */
export function permissiveRuleset(): Ruleset {
  const place = endpoint(PROXY[4], NOWHERE)
  const built = frontDoor({ listen: place, server: place })
  const rules = built.rules.map((rule) => ({
    ...rule,
    name: rule.name.replace('front door', 'no rule file'),
    to: undefined,
    from: undefined,
    port: rule.kind === 'control' ? undefined : rule.port,
  }))
  return { ...built, listeners: [], rules }
}
