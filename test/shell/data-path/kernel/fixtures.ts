/** Rulesets, pinholes and ranges for tests of the kernel data path. */
import { pinholeId, sessionId } from '../../../../src/engine/id.ts'
import type { Pinhole } from '../../../../src/engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../../src/engine/nat/scoped-range.ts'
import { createEvaluator } from '../../../../src/engine/rules/evaluate.ts'
import { load } from '../../../../src/engine/rules/load.ts'
import type { Evaluator, Ruleset } from '../../../../src/engine/rules/ruleset.ts'
import { endpoint, type Endpoint, parseEndpoint } from '../../../../src/net/endpoint.ts'
import { ip } from '../../../../src/net/ip.ts'
import { port } from '../../../../src/net/port.ts'
import { ports } from '../../../support/rules.ts'

export const RULES = `
version: 1
data-path: kernel
listeners:
  - name: office
    listen: 10.91.1.254:21
    server: 10.91.2.1:21
    server-passive-ports: 60000-60100
passive-ports: 50000-50099
rules:
  - { permit: control, from: [10.91.1.0/24, "fd91:1::/64"], to: [10.91.2.1, "fd91:2::1"], name: office }
  - { permit: active-data, from: 10.91.2.1, from-port: 20, to: 10.91.1.0/24 }
  - { deny: active-data, from: 10.91.2.1, to: 10.91.1.0/24 }
  - { permit: active-data, from: "fd91:2::1", to: "fd91:1::/64" }
  - { permit: passive-data, from: [10.91.1.0/24, "fd91:1::/64"], to: [10.91.2.1, "fd91:2::1"] }
  - { deny: control, from: any, to: any, name: everybody else }
`

export function ruleset(text: string = RULES): Ruleset {
  const loaded = load([{ name: 'rules.yaml', text }])
  if (loaded.ruleset === undefined) throw new Error(JSON.stringify(loaded.diagnostics))
  return loaded.ruleset
}

export function evaluator(text: string = RULES): Evaluator {
  return createEvaluator(ruleset(text))
}

const SESSION = sessionId('s1')
let made = 0

export function at(text: string): Endpoint {
  const parsed = parseEndpoint(text)
  if (parsed === undefined) throw new Error(`not an endpoint: ${text}`)
  return parsed
}

/** A passive pinhole of the front door, unless wished otherwise. */
export function pinhole(wish: Partial<Pinhole> = {}): Pinhole {
  return {
    id: pinholeId(SESSION, ++made),
    session: SESSION,
    mode: 'passive',
    peer: ip('10.91.1.1'),
    fromPorts: undefined,
    listen: { address: ip('10.91.1.254'), port: port(50_000) },
    dial: endpoint(ip('10.91.2.1'), port(40_000)),
    from: { address: ip('10.91.2.254'), port: undefined },
    ...wish,
  }
}

/** From port 20 of the server to the client, which is shown the firewall. */
export function activePinhole(wish: Partial<Pinhole> = {}): Pinhole {
  return pinhole({
    mode: 'active',
    peer: ip('10.91.2.1'),
    fromPorts: [ports('20')],
    listen: { address: ip('10.91.2.254'), port: port(50_001) },
    dial: endpoint(ip('10.91.1.1'), port(41_000)),
    from: { address: ip('10.91.1.254'), port: port(20) },
    ...wish,
  })
}

export function range(wish: Partial<ScopedRange> = {}): ScopedRange {
  return {
    id: pinholeId(SESSION, ++made),
    session: SESSION,
    peer: ip('10.91.1.1'),
    listen: { address: ip('10.91.1.254'), ports: ports('60000-60100') },
    dial: ip('10.91.2.1'),
    from: ip('10.91.2.254'),
    permitted: [ports('60000-60100')],
    active: { ports: [ports('1024-65535')], from: at('10.91.1.254:20') },
    ...wish,
  }
}
