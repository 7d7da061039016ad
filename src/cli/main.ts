#!/usr/bin/env node
/** The program: performs the command line, and sees to it that every end is an orderly one. */
import { writeSync } from 'node:fs'
import { hideBin } from 'yargs/helpers'
import { explainFailure, perform } from './command-line.ts'
import { EXIT } from './exit-code.ts'

/**
 * A mistake of ours, and the state of every session is in doubt. A firewall then stops: with the
 * process end its listeners, its pinholes and every relayed connection, and a service manager may
 * start it afresh.
 */
function stopForInternalError(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  try {
    writeSync(2, `portcullis: internal error, stopping: ${text.split(/\s*\n\s*/).join(' | ')}\n`)
  } catch {
    // Nobody is listening; the exit code remains.
  }
  process.exit(EXIT.internal)
}

process.on('uncaughtException', stopForInternalError)
// A reader that went away (`portcullis check … | head`) is no reason to fall over.
process.stderr.on('error', () => undefined)
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') stopForInternalError(error)
})

const argv = hideBin(process.argv)
try {
  await perform(argv)
} catch (error) {
  const failure = explainFailure(error, argv)
  if (failure === undefined) stopForInternalError(error)
  process.stderr.write(failure.text)
  process.exitCode = failure.exitCode
}
