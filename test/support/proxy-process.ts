/** Portcullis itself, built, as a child process with one front door. */
import { type Endpoint, endpoint, formatEndpoint } from '../../src/net/endpoint.ts'
import type { Ip } from '../../src/net/ip.ts'
import { freePort } from './peers/host.ts'
import { type RunningPortcullis, portcullisProblem, startPortcullis } from './portcullis.ts'

export interface ProxyProcess extends RunningPortcullis {
  readonly endpoint: Endpoint
}

/** Why it cannot be started, or `undefined` when it can. */
export const proxyProblem: () => string | undefined = portcullisProblem

/** Starts `portcullis run` on a free port of `address`, before `server`. */
export async function startProxy(address: Ip, server: Endpoint): Promise<ProxyProcess> {
  const listen = endpoint(address, await freePort(address))
  const door = ['--listen', formatEndpoint(listen), '--server', formatEndpoint(server)]
  const running = await startPortcullis({
    args: (packetLog) => [...door, '--packet-log', packetLog],
    endpoints: [listen],
  })
  return { ...running, endpoint: listen }
}
