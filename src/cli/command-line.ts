/** Which commands there are, and how a failure is told. */
import yargs from 'yargs'
import { AdminError } from '../shell/admin/admin-error.ts'
import { PacketLogError } from '../shell/packet-log/packet-log-error.ts'
import { ReservedPortsError } from '../shell/reserved-ports.ts'
import { auditCommand } from './command/audit.ts'
import { checkCommand } from './command/check.ts'
import { demoCommand } from './command/demo.ts'
import { explainCommand } from './command/explain.ts'
import { portsCommand } from './command/ports.ts'
import { replayCommand } from './command/replay.ts'
import { runCommand } from './command/run.ts'
import { EnvironmentError, explainDescriptors, explainListen } from './environment-error.ts'
import { EXIT } from './exit-code.ts'
import { UsageError } from './usage-error.ts'
import { readVersion } from './version.ts'

const COLUMNS_MAX = 100

/** Stands for `-` while yargs reads: it loses one in a list of files. No file has such a name. */
const STANDARD_INPUT = '\0'

const EPILOGUE = `Examples:
  portcullis demo                                           see what it does, on this machine
  portcullis run --listen 0.0.0.0:21 --server 10.0.0.5:21   put it in front of an FTP server
  portcullis check rules/front-door.yaml                    find mistakes before they are deployed
  portcullis explain rules/front-door.yaml                  what works with it, and why
  portcullis run rules/front-door.yaml                      run with a rule file
  portcullis audit portcullis.log.jsonl --verdict refused   what it refused

Exit codes:
  ${EXIT.ok}   all is well
  ${EXIT.failed}   problems were found, or something is in the way (a port in use, a missing file)
  ${EXIT.usage}   the command line makes no sense
  ${EXIT.internal}  an internal error: the program stops at once, so that nothing passes unseen`

/** Does what `argv` says. Rejects with what {@link explainFailure} knows, or with a mistake of ours. */
export async function perform(argv: readonly string[]): Promise<void> {
  await yargs(argv.map((word) => (word === '-' ? STANDARD_INPUT : word)))
    .scriptName('portcullis')
    .usage('Usage: $0 <command> [options]\n\nAn FTP-aware firewall and NAT proxy.')
    .command(demoCommand)
    .command(runCommand)
    .command(checkCommand)
    .command(replayCommand)
    .command(explainCommand)
    .command(auditCommand)
    .command(portsCommand)
    .completion('completion', 'Print a completion script for your shell')
    .epilogue(EPILOGUE)
    .demandCommand(1, 'Which command?')
    .strict()
    // Everything else it says is English too, and is looked at below.
    .locale('en')
    // A rule file may be called 2024.
    .parserConfiguration({ 'parse-positional-numbers': false })
    .middleware(restoreStandardInput, true)
    .help()
    .alias('help', 'h')
    .version(readVersion())
    .wrap(Math.min(COLUMNS_MAX, process.stdout.columns ?? COLUMNS_MAX))
    .fail((message: string | undefined, error: Error | undefined) => {
      // A YError is what yargs makes of a complaint about the command line.
      if (error !== undefined && error.name !== 'YError') throw error
      throw new UsageError(rephrase(message ?? error?.message ?? 'this makes no sense', argv))
    })
    .parseAsync()
}

/** Failures whose message is the line to print. */
const OURS = [EnvironmentError, PacketLogError, AdminError, ReservedPortsError]

/** Puts `-` back where it was, in options as well as in lists of files. */
function restoreStandardInput(given: Record<string, unknown>): void {
  const restored = (value: unknown): unknown => (value === STANDARD_INPUT ? '-' : value)
  for (const [name, value] of Object.entries(given))
    given[name] = Array.isArray(value) ? value.map(restored) : restored(value)
}

export interface Failure {
  readonly exitCode: number
  /** For standard error. */
  readonly text: string
}

/** What went wrong and what to do; `undefined` for a mistake of ours. */
export function explainFailure(error: unknown, argv: readonly string[]): Failure | undefined {
  if (error instanceof UsageError) {
    const command =
      ['run ', 'demo ', 'check ', 'ports ', 'explain ', 'replay ', 'audit '].find(
        (name) => name === `${argv[0]} `,
      ) ?? ''
    const text = `portcullis: ${error.message}\nSee portcullis ${command}--help.\n`
    return { exitCode: EXIT.usage, text }
  }
  const isOurs = OURS.some((kind) => error instanceof kind)
  const line =
    isOurs && error instanceof Error
      ? error.message
      : (explainListen(error) ?? explainDescriptors(error))
  return line === undefined ? undefined : { exitCode: EXIT.failed, text: `portcullis: ${line}\n` }
}

/** What is missing are files: packet logs to audit, rule files for everything else. */
function rephrase(message: string, argv: readonly string[]): string {
  if (!message.startsWith('Not enough non-option')) return message
  if (argv[0] !== 'audit') return 'name the rule files'
  return argv[1] === 'session' ? 'name a session and the packet logs' : 'name the packet logs'
}
