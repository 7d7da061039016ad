import { ipFamily, ip } from '../../src/net/ip.ts'
import { proxyProblem, startProxy } from '../support/proxy-process.ts'
import { type Front, loopbackSource } from './front.ts'

/**
 * The proxy listens on an address of its own, so that a 227 which still names the server shows.
 * IPv6 has a single loopback address: there the port alone tells.
 */
export const PROXY: Front = {
  way: 'proxy',
  problem: proxyProblem,
  start: async (server) => {
    const address = ip(ipFamily(server.endpoint.address) === 4 ? '127.0.0.3' : '::1')
    const proxy = await startProxy(address, server.endpoint)
    return { ...proxy, source: loopbackSource(server.endpoint) }
  },
}
