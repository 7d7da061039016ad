/** PASV and 227 (RFC 959), EPSV and 229 (RFC 2428): what is asked of the server and told the client. */
import { type Endpoint, endpoint } from '../../net/endpoint.ts'
import type { Ip, IpFamily } from '../../net/ip.ts'
import type { Port } from '../../net/port.ts'
import { asciiUpper, type Command } from '../ftp/command.ts'
import { parseExtendedPassiveReply } from '../ftp/extended-address.ts'
import { formatHostPort, parsePassiveReply } from '../ftp/host-port.ts'
import { announcedOrPeer, checkPassiveAddress } from '../nat/address-policy.ts'
import type { Profile } from '../rules/ruleset.ts'
import type { Reason } from './reason.ts'

export type PassiveForm = '227' | '229'

export type PassiveRequest =
  /** `expects` is the only reply code that sets anything up. */
  | { readonly type: 'send'; readonly bytes: Uint8Array; readonly expects: PassiveForm }
  | { readonly type: 'epsv-all'; readonly bytes: Uint8Array }
  | { readonly type: 'refused'; readonly reason: Reason }

/**
 * What to ask the server. Between different network protocols the server is asked in the form that
 * its own can hold (RFC 6384 §6: EPSV from IPv6 becomes PASV towards IPv4).
 */
export function passiveRequest(
  command: Command,
  client: IpFamily,
  server: IpFamily,
): PassiveRequest {
  const isTranslated = client !== server
  const translated = server === 4 ? send('PASV', '227') : send('EPSV', '229')
  if (command.verb === 'PASV') {
    if (command.hasArgument) return refused('cmd.argument')
    if (client === 6) return refused('port.family')
    return isTranslated ? translated : send('PASV', '227')
  }
  if (!command.hasArgument) return isTranslated ? translated : send('EPSV', '229')
  const argument = asciiUpper(Buffer.from(command.argument ?? []).toString('latin1'))
  if (argument === 'ALL')
    return isTranslated
      ? refused('epsv-all.translated')
      : { type: 'epsv-all', bytes: Buffer.from('EPSV ALL\r\n') }
  if (!/^[1-9]\d{0,2}$/.test(argument)) return refused('cmd.argument')
  if (argument !== (client === 4 ? '1' : '2')) return refused('port.family')
  return isTranslated ? translated : send(`EPSV ${argument}`, '229')
}

function send(line: string, expects: PassiveForm): PassiveRequest {
  return { type: 'send', bytes: Buffer.from(`${line}\r\n`, 'latin1'), expects }
}

function refused(reason: Reason): PassiveRequest {
  return { type: 'refused', reason }
}

export type PassiveAnnouncement =
  | {
      readonly type: 'announced'
      readonly endpoint: Endpoint
      /** The address that was written, where it was replaced. */
      readonly replaced?: Ip
    }
  | { readonly type: 'refused'; readonly reason: Reason }

/**
 * Reads and checks the text (behind the code) of the final line of a 227 or 229. `advertised` is
 * the address of ours that the server has been configured to name, so that clients of encrypted
 * sessions find the way: it stands for the server, which alone is dialled.
 */
export function readPassiveAnnouncement(
  form: PassiveForm,
  text: Uint8Array,
  server: Ip,
  local: ReadonlySet<Ip>,
  profile: Profile,
  advertised?: Ip,
): PassiveAnnouncement {
  const announced = form === '227' ? parsePassiveReply(text) : parseExtended(text, server)
  if (announced.type === 'malformed') return { type: 'refused', reason: 'pasv.malformed' }
  const { address, port } = announced.value
  const written = endpoint(address === advertised ? server : address, port)
  const context = { peer: server, local, thirdParty: profile.thirdParty }
  const meant =
    profile.foreignAddresses === 'replaced' ? announcedOrPeer(written, context) : written
  const problem = checkPassiveAddress(meant, context)
  if (problem !== undefined) return { type: 'refused', reason: problem }
  const replaced = meant === written ? {} : { replaced: address }
  return { type: 'announced', endpoint: meant, ...replaced }
}

function parseExtended(text: Uint8Array, server: Ip): ReturnType<typeof parsePassiveReply> {
  const port = parseExtendedPassiveReply(text)
  return port.type === 'malformed'
    ? port
    : { type: 'complete', value: endpoint(server, port.value) }
}

/** The reply that tells the client where we listen, in the form the client asked for. */
export function passiveReply(form: PassiveForm, told: Ip, port: Port): Uint8Array {
  const text =
    form === '227'
      ? `227 Entering Passive Mode (${formatHostPort(told, port)})`
      : `229 Entering Extended Passive Mode (|||${port}|)`
  return Buffer.from(`${text}\r\n`, 'latin1')
}
