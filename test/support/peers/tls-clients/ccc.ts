/**
 * The scripted client, for CCC: it chooses the first clear command, and how TLS ends. Real clients
 * leave neither to choice. And for sessions that are to be seen step by step, with TLS or without.
 */
import { join } from 'node:path'
import { PROJECT_ROOT } from '../../project-root.ts'
import { type Outcome, type RunOptions, python, runProgram } from '../program.ts'
import type { TlsClientKind, TlsClientName, TlsClientPlan, TlsStep } from '../tls-client.ts'

const SCRIPT = join(PROJECT_ROOT, 'test/support/peers/tls-clients/ccc-client.py')

/**
 * `answered`: sends close_notify and awaits the server's. `mute`: awaits the server's and sends none,
 * which many clients do. `joined`: close_notify and the first clear command are one segment.
 */
export type TlsEnding = 'answered' | 'mute' | 'joined'

/** A transfer, or a command that announces nothing. */
export type CccStep = TlsStep | { readonly type: 'noop' }

export interface CccSession extends Omit<TlsClientPlan, 'security'> {
  readonly security: TlsClientPlan['security'] | 'clear'
  readonly ending: TlsEnding
  readonly steps: readonly CccStep[]
  /**
   * A packet log: the client waits until its passive connection, and then the end of the transfer,
   * is recorded there.
   */
  readonly log?: string
}

export const SCRIPTED: TlsClientKind = scripted('scripted', 'answered')
export const SCRIPTED_MUTE: TlsClientKind = scripted('scripted mute', 'mute')
export const SCRIPTED_JOINED: TlsClientKind = scripted('scripted joined', 'joined')

/** Runs the sessions one after the other, all in one process. */
export function runCccSessions(
  sessions: readonly CccSession[],
  options: Pick<RunOptions, 'cwd' | 'timeoutMs'>,
): Promise<Outcome> {
  const plans = sessions.map((session) => ({ ...session, source: session.source ?? '' }))
  return runProgram(python() ?? 'python3', ['-u', SCRIPT], {
    ...options,
    input: JSON.stringify({ sessions: plans }),
  })
}

function scripted(name: TlsClientName, ending: TlsEnding): TlsClientKind {
  return {
    name,
    problem: () => (python() === undefined ? 'there is no /usr/bin/python3' : undefined),
    announcements: ['PASV', 'EPSV', 'PORT', 'EPRT'],
    securities: ['ccc'],
    protections: ['P', 'C'],
    mixesAnnouncements: true,
    heedsPassiveAddress: true,
    run: (plan, steps) =>
      runCccSessions([{ ...plan, ending, steps }], {
        cwd: plan.directory,
        timeoutMs: plan.timeoutMs,
      }),
  }
}
