/** The shipped rule files that need a kernel, for the hosts of the laboratory: the same rules. */
import { readFileSync } from 'node:fs'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { port } from '../../../src/net/port.ts'
import type { DeploymentName } from './deployment.ts'
import { CLIENT_NETWORK, OUTSIDE, SERVER_NETWORK, doorAddress, serverAddress } from './lab.ts'

export type ExplainedDeployment = Exclude<DeploymentName, 'routed'>

/** Of addresses and interfaces; ports are free in a namespace. */
const WORDS: Readonly<Record<ExplainedDeployment, Readonly<Record<string, string>>>> = {
  'front-door-kernel': {
    '203.0.113.10': doorAddress(0, 4),
    '10.200.200.1': serverAddress(0, 4),
  },
  'gateway-redirect': { '10.1.1.0/24': CLIENT_NETWORK[4], eth1: 'f0' },
  'gateway-tproxy': {
    '198.51.100.0/24': CLIENT_NETWORK[4],
    '10.200.200.0/24': SERVER_NETWORK[4],
    eth0: 'f0',
  },
  'nat-gateway': {
    '192.168.1.0/24': CLIENT_NETWORK[4],
    '203.0.113.10': OUTSIDE[4],
    eth1: 'f0',
  },
}

export function shippedText(name: ExplainedDeployment): string {
  return readFileSync(`rules/${name}.yaml`, 'utf8')
}

export function substitutedText(shipped: string, name: ExplainedDeployment, log: string): string {
  const text = Object.entries(WORDS[name]).reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`${name}.yaml does not say ${from}`)
    return all.replaceAll(from, to)
  }, shipped)
  return text.replace(/^( *)path: \S+$/m, `$1path: ${log}`)
}

/** Where the process listens. */
export function listensAt(name: ExplainedDeployment): Endpoint {
  return name === 'front-door-kernel'
    ? endpoint(doorAddress(0, 4), port(21))
    : endpoint(OUTSIDE[4], port(2_121))
}
