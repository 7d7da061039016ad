/** Runs `ip` of iproute2. Policy routing changes twice in the life of a process: a child will do. */
import { spawnSync } from 'node:child_process'
import { InterceptionError } from './interception-error.ts'
import type { IpCommand } from './policy-routing.ts'

/** Where `ip` is. Not the caller's PATH: this runs with privileges. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
const TIMEOUT_MS = 10_000

export type RunIp = (command: IpCommand) => void

/** @throws InterceptionError with what `ip` says when it fails. */
export function runIp(command: IpCommand): void {
  const words = ['ip', ...command].join(' ')
  const { error, status, stderr } = spawnSync('ip', [...command], {
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  })
  if (error !== undefined)
    throw new InterceptionError(
      'code' in error && error.code === 'ENOENT'
        ? 'policy routing needs the program ip: install iproute2'
        : `${words}: ${error.message}`,
    )
  if (status !== 0)
    throw new InterceptionError(
      `${words}: ${stderr.trim().replaceAll('\n', ' ') || `exit ${status}`}`,
    )
}
