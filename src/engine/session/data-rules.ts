/**
 * What the rule file says of a data connection: once when it is announced, and once more when it
 * comes, because only then its source port is known.
 */
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts'
import type { Ip } from '../../net/ip.ts'
import type { PortRange } from '../../net/port.ts'
import type { Pinhole } from '../nat/pinhole.ts'
import { permittedSourcePorts } from '../rules/permitted-ports.ts'
import type { Evaluator, RuleKind, Verdict } from '../rules/ruleset.ts'
import type { Reason } from './reason.ts'
import type { Refusal } from './set-up-step.ts'

export interface Permission {
  readonly type: 'permit'
  readonly rule: string
  /** As in {@link Pinhole}. */
  readonly fromPorts: readonly PortRange[] | undefined
}

/** Who would connect where, before anybody does. */
export function checkAnnounced(
  evaluator: Evaluator,
  mode: Pinhole['mode'],
  from: Ip,
  announced: Endpoint,
): Refusal | Permission {
  const kind = ruleKind(mode)
  const { address: to, port } = announced
  const verdict = evaluator.evaluate({ kind, from, to, port, fromPort: undefined })
  if (verdict.type === 'permit') {
    const fromPorts = verdict.conditional
      ? permittedSourcePorts(evaluator, { kind, from, to, port })
      : undefined
    return { type: 'permit', rule: verdict.rule?.name ?? '', fromPorts }
  }
  return {
    type: 'refuse',
    reason: denial(verdict),
    ...(verdict.rule === undefined ? {} : { rule: verdict.rule.name }),
    detail: `${kind} from ${from} to ${formatEndpoint(announced)}`,
  }
}

/** Why `peer`, who came to `pinhole`, may not use it. */
export function checkArrived(
  evaluator: Evaluator,
  pinhole: Pinhole,
  peer: Endpoint,
): Reason | undefined {
  const refusal = checkUnannounced(evaluator, pinhole, peer)
  // The announced peer was permitted but for its port; a third party is asked about here first.
  return refusal !== undefined && peer.address === pinhole.peer ? 'data.source-port' : refusal
}

/** The same where nothing was announced, and so nobody was asked about before. */
export function checkUnannounced(
  evaluator: Evaluator,
  pinhole: Pinhole,
  peer: Endpoint,
): Reason | undefined {
  const verdict = evaluator.evaluate({
    kind: ruleKind(pinhole.mode),
    from: peer.address,
    to: pinhole.dial.address,
    port: pinhole.dial.port,
    fromPort: peer.port,
  })
  return verdict.type === 'permit' ? undefined : denial(verdict)
}

function ruleKind(mode: Pinhole['mode']): RuleKind {
  return mode === 'active' ? 'active-data' : 'passive-data'
}

function denial(verdict: Verdict): Reason {
  return verdict.rule === undefined ? 'rule.none' : 'rule.denied'
}
