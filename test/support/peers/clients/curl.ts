/** curl: all steps in one process, over one connection, as transfers separated by `--next`. */
import { formatEndpoint } from '../../../../src/net/endpoint.ts'
import {
  type AbortPlan,
  type Announcement,
  type ClientKind,
  type ClientPlan,
  type Step,
} from '../client.ts'
import { type Outcome, runProgram, systemProgram } from '../program.ts'

export const CURL: ClientKind = {
  name: 'curl',
  problem: () => (systemProgram('curl') === undefined ? 'there is no curl' : undefined),
  announcements: { 4: ['PASV', 'EPSV', 'PORT', 'EPRT'], 6: ['EPSV', 'EPRT'] },
  run: (plan, steps) =>
    curl(
      plan,
      steps.map((step) => [...common(plan), ...transfer(plan, step)]),
    ),
  abort,
  continuesAfterAbort: false,
}

/** A range that ends before the file does makes curl send ABOR, and close the session after it. */
function abort(plan: AbortPlan): Promise<Outcome> {
  const { remote, next } = plan
  const args = ['--range', '0-999', '--output', next.local, url(plan, remote)]
  return curl(plan, [[...common(plan), ...args]])
}

function curl(plan: ClientPlan, transfers: readonly (readonly string[])[]): Promise<Outcome> {
  const args = transfers.flatMap((words, index) => (index === 0 ? words : ['--next', ...words]))
  // `--disable` first: no configuration file of the user.
  return runProgram(systemProgram('curl') ?? 'curl', ['--disable', ...args], {
    cwd: plan.directory,
    timeoutMs: plan.timeoutMs,
  })
}

/** `--next` forgets everything, so each transfer says it all. */
function common(plan: ClientPlan): string[] {
  return [
    '--silent',
    '--show-error',
    '--verbose',
    '--globoff',
    '--user',
    `${plan.user}:${plan.password}`,
    ...(plan.source === undefined ? [] : ['--interface', plan.source]),
    ...MODE[plan.announcement],
  ]
}

/** curl since 7.74 ignores the address in a 227 unless told not to. */
const MODE: Readonly<Record<Announcement, readonly string[]>> = {
  PASV: ['--disable-epsv', '--no-ftp-skip-pasv-ip'],
  EPSV: ['--no-ftp-skip-pasv-ip'],
  PORT: ['--disable-eprt', '--ftp-port', '-'],
  EPRT: ['--ftp-port', '-'],
}

function transfer(plan: ClientPlan, step: Step): string[] {
  switch (step.type) {
    case 'download':
      return ['--output', step.local, url(plan, step.remote)]
    case 'upload':
      return ['--upload-file', step.local, url(plan, step.remote)]
    case 'list':
      return ['--output', step.local, url(plan, '')]
    case 'resume':
      return ['--continue-at', '-', '--output', step.local, url(plan, step.remote)]
  }
}

function url(plan: ClientPlan, name: string): string {
  return `ftp://${formatEndpoint(plan.endpoint)}/${plan.folder}/${name}`
}
