import type { Login } from './login.ts'
import type { DataConnections } from './data-connections.ts'
import type { DataSetUp } from './data-set-up.ts'
import type { Deadlines } from './deadlines.ts'
import type { Side } from './event.ts'
import type { Expectation } from './expectation.ts'
import type { Inspection } from './inspection.ts'
import type { LoginGuard } from './login-failures.ts'
import type { Outbox } from './outbox.ts'
import type { PendingCommands } from './pending-commands.ts'
import type { Reason } from './reason.ts'
import type { Security } from './security.ts'
import type { SessionSettings } from './settings.ts'

/** What both directions of a control connection work on. */
export interface SessionParts {
  readonly settings: SessionSettings
  readonly outbox: Outbox
  readonly deadlines: Deadlines
  readonly pending: PendingCommands
  readonly login: Login
  readonly loginGuard: LoginGuard
  readonly inspection: Inspection
  readonly security: Security
  readonly expectation: Expectation
  readonly setUp: DataSetUp
  readonly data: DataConnections
  /** Ends the session because of what `side` did, with 421 for the client. */
  violate(reason: Reason, side: Side, detail?: string): void
}
