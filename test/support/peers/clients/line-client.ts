/**
 * tnftp (the BSD ftp) and inetutils-ftp (the GNU one): typed at line by line. Both have the same
 * forefather, hence the same words; they differ in how the data mode is chosen. An interrupt
 * makes both send ABOR as Telnet wants it, with the Synch as urgent data.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  type AbortPlan,
  type ClientKind,
  type ClientName,
  type ClientPlan,
  type Step,
} from '../client.ts'
import { type Outcome, type RunOptions, peerProgram, runProgram } from '../program.ts'

/** How one of the two programs is told the data mode. */
interface Dialect {
  readonly program: ClientName
  readonly args: (plan: ClientPlan) => readonly string[]
  readonly environment: (plan: ClientPlan) => NodeJS.ProcessEnv
  /** Typed after the login. */
  readonly mode: (plan: ClientPlan) => readonly string[]
  /** A file of the system it does not start without. */
  readonly needs?: string
}

export const TNFTP: ClientKind = lineClient({
  program: 'tnftp',
  args: (plan) => ['-n', '-v', '-i', ...(plan.source === undefined ? [] : ['-s', plan.source])],
  environment: (plan) => ({ FTPMODE: isPassive(plan) ? 'passive' : 'active' }),
  // A toggle, on at the start; over IPv6 there is nothing to choose.
  mode: (plan) => (plan.announcement === 'PASV' || plan.announcement === 'PORT' ? ['epsv4'] : []),
})

export const INETUTILS_FTP: ClientKind = lineClient({
  program: 'inetutils-ftp',
  // It looks up the port of `ftp` before it reads a command.
  needs: '/etc/services',
  args: () => ['-n', '-v', '-i'],
  environment: () => ({}),
  // Both are toggles, off at the start.
  mode: (plan) => [
    ...(isPassive(plan) ? ['passive'] : []),
    ...(plan.family === 4 && (plan.announcement === 'EPSV' || plan.announcement === 'EPRT')
      ? ['epsv4']
      : []),
  ],
})

function isPassive(plan: ClientPlan): boolean {
  return plan.announcement === 'PASV' || plan.announcement === 'EPSV'
}

function lineClient(dialect: Dialect): ClientKind {
  const { program } = dialect
  return {
    name: program,
    problem: () => lineClientProblem(dialect),
    announcements: { 4: ['PASV', 'EPSV', 'PORT', 'EPRT'], 6: ['EPSV', 'EPRT'] },
    run: (plan, steps) =>
      start(
        dialect,
        plan,
        steps.map((step) => line(plan, step)),
      ),
    abort: (plan) => abort(dialect, plan),
    continuesAfterAbort: true,
  }
}

function lineClientProblem({ program, needs }: Dialect): string | undefined {
  if (peerProgram(program) === undefined) return `${program} is not installed`
  if (needs !== undefined && !existsSync(needs)) return `${program} needs ${needs}`
  return undefined
}

/** Enough to be sure that the transfer is under way, and little enough that it is far from over. */
const BYTES_BEFORE_INTERRUPT = 100_000
/** The client is then blocked on its output, so what it was sent piles up, as on a slow disk. */
const PAUSE_MS = 50

/**
 * The file goes to standard output, which is read up to a point and then left: the client cannot
 * finish before it is interrupted, however fast the machine.
 */
function abort(dialect: Dialect, plan: AbortPlan): Promise<Outcome> {
  let seen = 0
  let isInterrupted = false
  const watch = (chunk: Buffer, child: ChildProcess): void => {
    seen += chunk.length
    if (isInterrupted || seen < BYTES_BEFORE_INTERRUPT) return
    isInterrupted = true
    child.stdout?.pause()
    setTimeout(() => {
      child.kill('SIGINT')
      child.stdout?.resume()
    }, PAUSE_MS)
  }
  const lines = [
    `get ${plan.folder}/${plan.remote} -`,
    line(plan, { type: 'download', ...plan.next }),
  ]
  return start(dialect, plan, lines, watch)
}

function start(
  dialect: Dialect,
  plan: ClientPlan,
  lines: readonly string[],
  watch?: RunOptions['watch'],
): Promise<Outcome> {
  const script = [
    `open ${plan.endpoint.address} ${plan.endpoint.port}`,
    `user ${plan.user} ${plan.password}`,
    // Shows the commands sent.
    'debug',
    'binary',
    ...dialect.mode(plan),
    ...lines,
    'quit',
  ]
  return runProgram(peerProgram(dialect.program) ?? dialect.program, dialect.args(plan), {
    cwd: plan.directory,
    timeoutMs: plan.timeoutMs,
    input: `${script.join('\n')}\n`,
    environment: dialect.environment(plan),
    ...(watch === undefined ? {} : { watch }),
  })
}

function line(plan: ClientPlan, step: Step): string {
  switch (step.type) {
    case 'download':
      return `get ${plan.folder}/${step.remote} ${step.local}`
    case 'upload':
      return `put ${step.local} ${plan.folder}/${step.remote}`
    case 'list':
      return `ls ${plan.folder} ${step.local}`
    case 'resume':
      return `reget ${plan.folder}/${step.remote} ${step.local}`
  }
}
