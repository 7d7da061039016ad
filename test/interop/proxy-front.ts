import { ipFamily, ip } from '../../src/net/ip.ts'
import { proxyProblem, startProxy } from '../support/proxy-process.ts'
import type { Front } from './front.ts'

/**
 * The proxy listens on an address of its own, so that a 227 which still names the server shows.
 * IPv6 has a single loopback address: there the port alone tells.
 */
export const PROXY: Front = {
  way: 'proxy',
  problem: proxyProblem,
  start: (server) =>
    startProxy(ip(ipFamily(server.endpoint.address) === 4 ? '127.0.0.3' : '::1'), server.endpoint),
}
