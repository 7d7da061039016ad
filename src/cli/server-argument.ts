/**
 * `--server`: an address or a name, with a port. A name is resolved once, when the program starts:
 * a firewall whose server moves whenever a name server says so would guard nothing.
 */
import { lookup } from 'node:dns/promises'
import { type Endpoint, endpoint, parseEndpoint } from '../net/endpoint.ts'
import { type Ip, parseIp } from '../net/ip.ts'
import { type Port, parsePort, port } from '../net/port.ts'
import { EnvironmentError, explainLookup } from './environment-error.ts'

/** Where FTP servers listen. */
const FTP_PORT = port(21)

export interface ServerArgument {
  /** A canonical address, or a name. */
  readonly host: string
  readonly port: Port
}

/** Parses `HOST:PORT` or `HOST`, `[IPv6]:PORT` or `IPv6`; `undefined` for anything else. */
export function parseServer(text: string): ServerArgument | undefined {
  const address = parseIp(text)
  if (address !== undefined) return { host: address, port: FTP_PORT }
  const full = parseEndpoint(text)
  if (full !== undefined) return { host: full.address, port: full.port }
  const [host = '', portText, ...rest] = text.split(':')
  const named = portText === undefined ? FTP_PORT : parsePort(portText)
  if (rest.length > 0 || named === undefined || !isHostName(host)) return undefined
  return { host, port: named }
}

/** Asks a name server; rejects as `dns.lookup` does. */
export type Lookup = (host: string) => Promise<{ readonly address: string }>

/** Not left to the resolver's order: a front door on an IPv4 address is by far the common case. */
const lookupIpv4First: Lookup = (host) => lookup(host, { order: 'ipv4first' })

/** The endpoint, and whether a name was looked up for it. @throws EnvironmentError */
export async function resolveServer(
  server: ServerArgument,
  find: Lookup = lookupIpv4First,
): Promise<{ readonly endpoint: Endpoint; readonly wasResolved: boolean }> {
  const address = parseIp(server.host)
  if (address !== undefined) return { endpoint: endpoint(address, server.port), wasResolved: false }
  return { endpoint: endpoint(await addressOf(server.host, find), server.port), wasResolved: true }
}

async function addressOf(host: string, find: Lookup): Promise<Ip> {
  const found = await find(host).catch((error: unknown) => {
    throw new EnvironmentError(explainLookup(host, error))
  })
  const address = parseIp(found.address)
  if (address !== undefined) return address
  throw new EnvironmentError(`${host} stands for ${found.address}, which is no usable address`)
}

/**
 * Letters, digits, hyphens and dots, the last label starting with a letter: resolvers read `0127.1`
 * or `0x7f000001` as addresses, and not all as the same one.
 */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.')
  const isLabel = (label: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/.test(label)
  return text.length <= 253 && labels.every(isLabel) && /^[A-Za-z]/.test(labels.at(-1) ?? '')
}
