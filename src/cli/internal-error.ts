/** What becomes of a process that has made a mistake, or to which nobody listens any more. */
import { writeSync } from 'node:fs'
import { EXIT } from './exit-code.ts'

/**
 * A mistake of ours, and the state of every session is in doubt. A firewall then stops: with the
 * process end its listeners, its pinholes and every relayed connection, and a service manager may
 * start it afresh.
 */
export function stopForInternalError(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  try {
    writeSync(2, `portcullis: internal error, stopping: ${text.split(/\s*\n\s*/).join(' | ')}\n`)
  } catch {
    // Nobody is listening; the exit code remains.
  }
  process.exit(EXIT.internal)
}

/** To be called before anything else is done. */
export function guardProcess(): void {
  process.on('uncaughtException', stopForInternalError)
  // A reader that went away (`portcullis check … | head`) is no reason to fall over.
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stopForInternalError(error)
  })
}
