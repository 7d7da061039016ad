/**
 * Failures of the world around the program: a port in use, a name that nobody has. Whoever runs
 * Portcullis can do something about them, so each is one line that says what failed, why, and what
 * to do. Anything else is a mistake of ours and has no place here.
 */
import { isIPv6 } from 'node:net'
import { KernelDataPathError } from '../shell/data-path/kernel/kernel-data-path-error.ts'
import { errorCode } from '../shell/error-code.ts'
import { InterceptionError } from '../shell/intercept/interception-error.ts'
import { PrivilegeError } from '../shell/privileges/privilege-error.ts'
import { WorkerError } from '../shell/workers/worker-error.ts'

/** Ends the program with exit code 1; its message is the line to print. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
}

/** Errors whose message is the line to print already. */
const LINES = [InterceptionError, KernelDataPathError, PrivilegeError, WorkerError]

/** What the shell found in the way of starting, as an EnvironmentError; any other error as it is. */
export function asEnvironmentError(error: unknown): unknown {
  return error instanceof Error && LINES.some((line) => error instanceof line)
    ? new EnvironmentError(error.message, { cause: error })
    : error
}

/** The line for an error of `server.listen`; `undefined` when `error` is none. */
export function explainListen(error: unknown): string | undefined {
  if (!(error instanceof Error && 'syscall' in error)) return undefined
  if (error.syscall !== 'listen' && error.syscall !== 'bind') return undefined
  const address = 'address' in error ? String(error.address) : 'the address'
  const port = 'port' in error ? String(error.port) : '?'
  const start = `cannot listen on ${isIPv6(address) ? `[${address}]` : address}:${port}:`
  switch (errorCode(error)) {
    case 'EACCES':
      return (
        `${start} permission denied. Run as root, or give Node the capability ` +
        '(setcap cap_net_bind_service=+ep $(readlink -f $(which node))), ' +
        'or listen on a port above 1023.'
      )
    case 'EADDRINUSE':
      return (
        `${start} the port is in use. Stop the program that holds it ` +
        `(ss -ltnp sport = :${port} names it), or listen on another port.`
      )
    case 'EADDRNOTAVAIL':
      return `${start} not an address of this host (ip address lists them; 0.0.0.0 is all of them).`
    case 'EAFNOSUPPORT':
      return `${start} this host has no IPv6. Listen on an IPv4 address.`
    default:
      return `${start} ${error.message}`
  }
}

/** The line for descriptors that ran out, as while modules are loaded; `undefined` for other errors. */
export function explainDescriptors(error: unknown): string | undefined {
  return errorCode(error) === 'EMFILE'
    ? 'the limit of open files is too low: ulimit -n raises it, or LimitNOFILE= of a service'
    : undefined
}

/** The line for a server name that could not be resolved. */
export function explainLookup(host: string, error: unknown): string {
  const start = `cannot find the server ${host}:`
  switch (errorCode(error)) {
    case 'ENOTFOUND':
      return `${start} no such name. Check the spelling, or give its address.`
    case 'EAI_AGAIN':
      return `${start} the name server does not answer. Give its address, or try again later.`
    default:
      return `${start} ${error instanceof Error ? error.message : String(error)}`
  }
}
