/** What a session is told once, at its start; a rule file loaded later does not change it. */
import type { Endpoint } from '../../net/endpoint.ts'
import type { Ip } from '../../net/ip.ts'
import type { SessionId } from '../id.ts'
import type { PinholeTable } from '../nat/pinhole-table.ts'
import type { PortLeases } from '../nat/port-leases.ts'
import type { RangeTable } from '../nat/scoped-range.ts'
import type { LoginFailures } from './login-failures.ts'
import type { Evaluator, Listener, Profile } from '../rules/ruleset.ts'

export interface SessionSettings {
  readonly id: SessionId
  readonly listener: Listener
  readonly profile: Profile
  /** The control rule that permitted the session. */
  readonly rule: string
  readonly evaluator: Evaluator
  readonly client: Endpoint
  /** The listener's server, or the one that an intercepted client meant to connect to. */
  readonly server: Endpoint
  /** Our end of the client leg, as the client knows it: intercepted, the server's. */
  readonly local: Endpoint
}

/** What all sessions of the process share. */
export interface SharedTables {
  readonly leases: PortLeases
  readonly pinholes: PinholeTable
  readonly ranges: RangeTable
  readonly loginFailures: LoginFailures
  readonly localAddresses: ReadonlySet<Ip>
}
