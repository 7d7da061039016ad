/** Python's ftplib, driven by the script next to this file, which is handed the plan as JSON. */
import { join } from 'node:path'
import { PROJECT_ROOT } from '../../project-root.ts'
import { type ClientKind, type ClientPlan } from '../client.ts'
import { type Outcome, python, runProgram } from '../program.ts'

const SCRIPT = join(PROJECT_ROOT, 'test/support/peers/clients/ftplib-client.py')

export const FTPLIB: ClientKind = {
  name: 'ftplib',
  problem: () => (python() === undefined ? 'there is no /usr/bin/python3' : undefined),
  announcements: { 4: ['PASV', 'EPSV', 'PORT', 'EPRT'], 6: ['EPSV', 'EPRT'] },
  run: (plan, steps) => start(plan, steps),
  abort: (plan) =>
    start(plan, [
      { type: 'abort', remote: plan.remote },
      { type: 'download', ...plan.next },
    ]),
  continuesAfterAbort: true,
}

function start(plan: ClientPlan, steps: readonly object[]): Promise<Outcome> {
  return runProgram(python() ?? 'python3', ['-u', SCRIPT], {
    cwd: plan.directory,
    timeoutMs: plan.timeoutMs,
    input: JSON.stringify({ ...plan, source: plan.source ?? '', steps }),
  })
}
