/**
 * Listeners that intercept, and those whose servers see the client: what such a listener needs, what
 * contradicts it, and what would do nothing beside it.
 */
import { type Ip, ipFamily } from '../../net/ip.ts'
import { DEFAULTS } from './defaults.ts'
import { quote } from './diagnostic.ts'
import type { Parts, Placed } from './parts.ts'
import { type Listener, ORIGINAL_DESTINATION } from './ruleset.ts'

export function checkInterception(parts: Parts): void {
  const earlier: Placed<Listener>[] = []
  for (const listener of parts.listeners) {
    checkDataPath(listener, parts)
    if (listener.value.intercept === 'none') checkFrontDoor(listener)
    else {
      checkInterceptor(listener)
      checkRivals(listener, earlier)
      earlier.push(listener)
    }
    checkKeptAddress(listener)
    checkNat(listener)
  }
}

/** In the relay every connection ends at this process, under an address of this host. */
function checkDataPath(listener: Placed<Listener>, { dataPath }: Parts): void {
  const isMisspelt = dataPath === undefined && listener.document.has(['data-path'])
  if (isMisspelt || (dataPath?.value ?? DEFAULTS.dataPath) === 'kernel') return
  const needs =
    'needs "data-path: kernel": the relay makes connections from its own addresses alone'
  if (listener.value.intercept !== 'none') report(listener, 'intercept', `interception ${needs}`)
  if (listener.value.keepClientAddress)
    report(listener, 'keep-client-address', `keeping the client's address ${needs}`)
}

function checkFrontDoor(listener: Placed<Listener>): void {
  const { server, nat } = listener.value
  if (server === ORIGINAL_DESTINATION) {
    const message = 'only a listener with "intercept" knows where its clients meant to connect'
    report(listener, 'server', `${message}: give the address of a server, or intercept`)
  }
  const idle = 'does nothing without "intercept"'
  if (nat !== undefined)
    report(listener, 'nat', `${idle}: clients that connect to the proxy are hidden in any case`)
  if (hasKey(listener, 'intercept-port')) report(listener, 'intercept-port', idle)
  if (hasKey(listener, 'intercept-interfaces')) report(listener, 'intercept-interfaces', idle)
}

function checkInterceptor(listener: Placed<Listener>): void {
  const { server, publicAddress, intercept, listen } = listener.value
  if (server !== ORIGINAL_DESTINATION) {
    const message = 'clients that are intercepted meant a server of their own'
    report(listener, 'server', `${message}: "server: original-destination"`)
  }
  if (publicAddress !== undefined) {
    const message = 'clients that are intercepted know the address of the server, and are told it'
    report(listener, 'public-address', message)
  }
  if (intercept === 'redirect' && isLoopback(listen.address)) {
    const where = 'redirected connections come to the address of the interface that they came in at'
    report(listener, 'listen', `${where}, never to loopback: listen on 0.0.0.0 or [::]`)
  }
}

/** The first listener that takes a connection has it. */
function checkRivals(listener: Placed<Listener>, earlier: readonly Placed<Listener>[]): void {
  const { interceptPort, interceptInterfaces, listen } = listener.value
  const rival = earlier.find(
    ({ value }) =>
      value.interceptPort === interceptPort &&
      haveCommon(value.interceptInterfaces, interceptInterfaces) &&
      shareFamily(value.listen.address, listen.address),
  )
  if (rival === undefined) return
  const at = rival.document.position([...rival.path, 'intercept'])
  const who = `the listener ${quote(rival.value.name)} at ${at}`
  report(listener, 'intercept', `${who} takes the connections to port ${interceptPort} already`)
}

/** A client of the one protocol has no address that a server of the other could see. */
function checkKeptAddress(listener: Placed<Listener>): void {
  const { keepClientAddress, server, listen } = listener.value
  if (!keepClientAddress || server === ORIGINAL_DESTINATION) return
  const family = ipFamily(server.address)
  if (ipFamily(listen.address) === family) return
  const remedy = family === 4 ? 'listen on an IPv4 address' : 'listen on an IPv6 address'
  const message = `the server is IPv${family} and cannot be shown the address of an IPv${family === 4 ? 6 : 4} client`
  report(listener, 'keep-client-address', `${message}: ${remedy}`)
}

function checkNat(listener: Placed<Listener>): void {
  const { nat, keepClientAddress, intercept, listen } = listener.value
  if (nat === undefined || intercept === 'none') return
  if (keepClientAddress)
    report(listener, 'keep-client-address', '"nat" hides what this shows: leave one of them out')
  if (ipFamily(listen.address) === 6 && listen.address !== '::')
    report(listener, 'nat', 'IPv6 clients are not hidden, and no others come to this listener')
}

/** `undefined` is every interface. */
function haveCommon(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((name) => b.includes(name))
}

function shareFamily(a: Ip, b: Ip): boolean {
  return a === '::' || b === '::' || ipFamily(a) === ipFamily(b)
}

function isLoopback(address: Ip): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** Whether the key is there, also with the value that it has by default. */
function hasKey({ document, path }: Placed<Listener>, key: string): boolean {
  return document.has([...path, key])
}

function report({ document, path }: Placed<Listener>, key: string, message: string): void {
  document.report('error', [...path, key], message)
}
