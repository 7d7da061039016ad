/** lftp with GnuTLS, driven by a script. Over IPv4 it knows no EPRT. */
import { type Outcome, peerProgram, runProgram } from '../program.ts'
import type { TlsClientKind, TlsClientPlan, TlsStep } from '../tls-client.ts'

export const LFTP_TLS: TlsClientKind = {
  name: 'lftp',
  problem: () => (peerProgram('lftp') === undefined ? 'lftp is not installed' : undefined),
  announcements: ['PASV', 'EPSV', 'PORT'],
  securities: ['explicit', 'implicit', 'ccc'],
  protections: ['P', 'C'],
  mixesAnnouncements: false,
  // It believes no loopback address in a 227, whatever it is told.
  heedsPassiveAddress: false,
  run,
}

function run(plan: TlsClientPlan, steps: readonly TlsStep[]): Promise<Outcome> {
  const isPassive = plan.announcement === 'PASV' || plan.announcement === 'EPSV'
  const yes = (wanted: boolean): string => (wanted ? 'yes' : 'no')
  const { address } = plan.endpoint
  const host = plan.family === 4 ? address : `[${address}]`
  const scheme = plan.security === 'implicit' ? 'ftps' : 'ftp'
  const script = [
    'set net:timeout 20',
    // One attempt: a second one would hide what went wrong in the first.
    'set net:max-retries 1',
    'set net:reconnect-interval-base 1',
    'set ftp:ssl-force yes',
    `set ftp:ssl-protect-data ${yes(plan.protection === 'P')}`,
    `set ftp:ssl-protect-list ${yes(plan.protection === 'P')}`,
    `set ftp:ssl-use-ccc ${yes(plan.security === 'ccc')}`,
    `set ssl:ca-file ${plan.authority}`,
    'set ssl:verify-certificate yes',
    `set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS${plan.version}`,
    'set ftp:fix-pasv-address no',
    `set ftp:passive-mode ${yes(isPassive)}`,
    `set ftp:prefer-epsv ${yes(plan.announcement === 'EPSV')}`,
    ...(plan.source === undefined ? [] : [`set net:socket-bind-ipv${plan.family} ${plan.source}`]),
    'set xfer:clobber yes',
    `open --user ${plan.user} --password ${plan.password} -p ${plan.endpoint.port} ${scheme}://${host}`,
    ...steps.map((step) => line(plan, step)),
    'bye',
  ]
  return runProgram(peerProgram('lftp') ?? 'lftp', ['--norc', '-d'], {
    cwd: plan.directory,
    timeoutMs: plan.timeoutMs,
    input: `${script.join('\n')}\n`,
    environment: { LFTP_HOME: plan.directory },
  })
}

function line(plan: TlsClientPlan, step: TlsStep): string {
  return step.type === 'download'
    ? `get ${plan.folder}/${step.remote} -o ${step.local}`
    : `put ${step.local} -o ${plan.folder}/${step.remote}`
}
