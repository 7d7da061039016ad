/** PORT (RFC 959) and EPRT (RFC 2428): read from the client, written anew for the server. */
import type { Endpoint } from '../../net/endpoint.ts'
import { type Ip, type IpFamily, ipFamily } from '../../net/ip.ts'
import { complete, malformed } from '../../net/parsed.ts'
import type { Command } from '../ftp/command.ts'
import { formatExtendedAddress, parseExtendedAddress } from '../ftp/extended-address.ts'
import { formatHostPort, parseHostPort } from '../ftp/host-port.ts'
import { announcedOrPeer, checkActiveAddress, isLoopback } from '../nat/address-policy.ts'
import type { Reason } from './reason.ts'
import type { SessionSettings, SharedTables } from './settings.ts'

export type ActiveForm = 'PORT' | 'EPRT'

export type ActiveAnnouncement =
  | {
      readonly type: 'announced'
      readonly endpoint: Endpoint
      readonly form: ActiveForm
      /** The address that was written, where it was replaced. */
      readonly replaced?: Ip
    }
  | { readonly type: 'refused'; readonly reason: Reason }

/** Reads and checks the argument. PORT and EPRT share every check but the syntax. */
export function readActiveAnnouncement(
  command: Command,
  settings: SessionSettings,
  shared: SharedTables,
): ActiveAnnouncement {
  const form: ActiveForm = command.verb === 'EPRT' ? 'EPRT' : 'PORT'
  const argument = command.argument ?? new Uint8Array(0)
  const { client, local, listener, profile } = settings
  const parsed =
    form === 'PORT' ? parseHostPort(argument) : parseExtended(argument, ipFamily(client.address))
  if (parsed.type === 'malformed')
    return refused(parsed.problem === 'protocol' ? 'port.family' : 'port.malformed')
  const written = parsed.value
  if (ipFamily(written.address) !== ipFamily(client.address)) return refused('port.family')
  const announced =
    profile.foreignAddresses === 'replaced'
      ? announcedOrPeer(written, { peer: client.address, thirdParty: profile.thirdParty })
      : written
  const problem = checkActiveAddress(announced, {
    peer: client.address,
    // Where the connection was intercepted, our end of it has the server's address.
    local:
      listener.intercept !== 'none' || shared.localAddresses.has(local.address)
        ? shared.localAddresses
        : new Set([...shared.localAddresses, local.address]),
    thirdParty: profile.thirdParty,
    deniedPorts: profile.deniedPorts,
    isLoopbackAllowed: isLoopback(listener.listen.address),
  })
  if (problem !== undefined) return refused(problem)
  const replaced = announced === written ? {} : { replaced: written.address }
  return { type: 'announced', endpoint: announced, form, ...replaced }
}

/** An IPv4 client that writes its address as IPv4-mapped IPv6 is told to use protocol 1 (B12). */
function parseExtended(argument: Uint8Array, family: IpFamily): ReturnType<typeof parseHostPort> {
  const parsed = parseExtendedAddress(argument)
  if (parsed.type === 'malformed') return parsed
  const { endpoint, protocol } = parsed.value
  return protocol === (family === 4 ? 1 : 2) ? complete(endpoint) : malformed('protocol')
}

function refused(reason: Reason): ActiveAnnouncement {
  return { type: 'refused', reason }
}

/**
 * The command that tells the server where we listen: in the client's own form where that form can
 * hold the address, since a server that is told EPRT may answer differently from one told PORT.
 */
export function activeCommand(
  received: ActiveForm,
  client: Endpoint,
  listening: Endpoint,
): { readonly form: ActiveForm; readonly bytes: Uint8Array } {
  const isIpv4 = ipFamily(listening.address) === 4
  const isTranslated = isIpv4 !== (ipFamily(client.address) === 4)
  const form = isTranslated ? (isIpv4 ? 'PORT' : 'EPRT') : received
  const argument =
    form === 'PORT'
      ? formatHostPort(listening.address, listening.port)
      : formatExtendedAddress(listening)
  return { form, bytes: Buffer.from(`${form} ${argument}\r\n`, 'latin1') }
}
