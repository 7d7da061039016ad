#!/usr/bin/env node
/** The command line: which commands there are, and what becomes of their failures. */
import { writeSync } from 'node:fs'
import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { checkCommand } from './command/check.ts'
import { demoCommand } from './command/demo.ts'
import { runCommand } from './command/run.ts'
import { PacketLogError } from '../shell/packet-log/packet-log-error.ts'
import { EnvironmentError, explainListen } from './environment-error.ts'
import { EXIT } from './exit-code.ts'
import { UsageError } from './usage-error.ts'
import { readVersion } from './version.ts'

const HELP_COLUMNS_MAX = 100

const EPILOGUE = `Examples:
  portcullis demo                                           see what it does, on this machine
  portcullis run --listen 0.0.0.0:21 --server 10.0.0.5:21   put it in front of an FTP server
  portcullis check rules/                                   find mistakes before they are deployed
  portcullis run rules/                                     run with rule files

Exit codes:
  ${EXIT.ok}   all is well
  ${EXIT.failed}   problems were found, or something is in the way (a port in use, a missing file)
  ${EXIT.usage}   the command line makes no sense
  ${EXIT.internal}  an internal error: the program stops at once, so that nothing passes unseen`

function buildParser(argv: readonly string[]): Argv {
  return (
    yargs([...argv])
      .scriptName('portcullis')
      .usage('Usage: $0 <command> [options]\n\nAn FTP-aware firewall and NAT proxy.')
      .command(demoCommand)
      .command(runCommand)
      .command(checkCommand)
      .completion('completion', 'Print a completion script for your shell')
      .epilogue(EPILOGUE)
      .demandCommand(1, 'Which command?')
      .strict()
      // A rule file may be called 2024.
      .parserConfiguration({ 'parse-positional-numbers': false })
      .help()
      .alias('help', 'h')
      .version(readVersion())
      .wrap(Math.min(HELP_COLUMNS_MAX, process.stdout.columns ?? HELP_COLUMNS_MAX))
      .fail((message: string | undefined, error: Error | undefined) => {
        // A YError is what yargs makes of a complaint about the command line.
        if (error !== undefined && error.name !== 'YError') throw error
        const text = message ?? error?.message ?? 'this makes no sense'
        // Only the rule files of `check` are arguments that must be there.
        throw new UsageError(text.startsWith('Not enough') ? 'name the rule files' : text)
      })
  )
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await buildParser(argv).parseAsync()
  } catch (error) {
    process.exitCode = report(error, argv)
  }
}

function report(error: unknown, argv: readonly string[]): number {
  if (error instanceof UsageError) {
    const command = ['run', 'demo', 'check'].find((name) => argv[0] === name)
    const help = ['portcullis', command, '--help'].filter((word) => word !== undefined).join(' ')
    process.stderr.write(`portcullis: ${error.message}\nSee ${help}.\n`)
    return EXIT.usage
  }
  const isExplained = error instanceof EnvironmentError || error instanceof PacketLogError
  const line = isExplained ? error.message : explainListen(error)
  if (line === undefined) return stopForInternalError(error)
  process.stderr.write(`portcullis: ${line}\n`)
  return EXIT.failed
}

/**
 * Whatever is left is a mistake of ours, and the state of every session is in doubt. A firewall
 * then stops: with the process end its listeners, its pinholes and every relayed connection, and a
 * service manager may start it afresh.
 */
function stopForInternalError(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const line = text.split(/\s*\n\s*/).join(' | ')
  try {
    writeSync(2, `portcullis: internal error, stopping: ${line}\n`)
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
await main(hideBin(process.argv))
