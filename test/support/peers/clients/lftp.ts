/** lftp, driven by a script. Over IPv4 it knows no EPRT. */
import { type AbortPlan, type ClientKind, type ClientPlan, type Step } from '../client.ts'
import { type Outcome, peerProgram, runProgram } from '../program.ts'

export const LFTP: ClientKind = {
  name: 'lftp',
  problem: () => (peerProgram('lftp') === undefined ? 'lftp is not installed' : undefined),
  announcements: { 4: ['PASV', 'EPSV', 'PORT'], 6: ['EPSV', 'EPRT'] },
  run: (plan, steps) =>
    lftp(
      plan,
      steps.map((step) => line(plan, step)),
    ),
  abort,
  continuesAfterAbort: false,
}

/**
 * Once it has the part it wants, lftp sends ABOR. It then ends: after an ABOR it waits for the 426
 * that Pure-FTPd and pyftpdlib have already sent, and the session is of no more use.
 */
function abort(plan: AbortPlan): Promise<Outcome> {
  const { folder, remote, next } = plan
  return lftp(plan, [`get1 --source-region=0-1000 ${folder}/${remote} -o ${next.local}`])
}

function lftp(plan: ClientPlan, lines: readonly string[]): Promise<Outcome> {
  const isPassive = plan.announcement === 'PASV' || plan.announcement === 'EPSV'
  const script = [
    'set net:timeout 20',
    // One attempt: a second one would hide what went wrong in the first.
    'set net:max-retries 1',
    'set net:reconnect-interval-base 1',
    'set ftp:ssl-allow no',
    // It would still replace a loopback address: lftp trusts none in a 227.
    'set ftp:fix-pasv-address no',
    `set ftp:passive-mode ${isPassive ? 'yes' : 'no'}`,
    `set ftp:prefer-epsv ${plan.announcement === 'EPSV' ? 'yes' : 'no'}`,
    ...(plan.source === undefined ? [] : [`set net:socket-bind-ipv${plan.family} ${plan.source}`]),
    'set xfer:clobber yes',
    `open --user ${plan.user} --password ${plan.password} -p ${plan.endpoint.port} ${plan.endpoint.address}`,
    ...lines,
    'bye',
  ]
  return runProgram(peerProgram('lftp') ?? 'lftp', ['--norc', '-d'], {
    cwd: plan.directory,
    timeoutMs: plan.timeoutMs,
    input: `${script.join('\n')}\n`,
    environment: { LFTP_HOME: plan.directory },
  })
}

function line(plan: ClientPlan, step: Step): string {
  switch (step.type) {
    case 'download':
      return `get ${plan.folder}/${step.remote} -o ${step.local}`
    case 'upload':
      return `put ${step.local} -o ${plan.folder}/${step.remote}`
    case 'list':
      return `ls ${plan.folder} > ${step.local}`
    case 'resume':
      return `get -c ${plan.folder}/${step.remote} -o ${step.local}`
  }
}
