import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import { runDemo } from '../../demo/demo.ts'
import { Terminal } from '../../demo/terminal.ts'
import { createOperationalLog } from '../../shell/operational-log.ts'
import type { Endpoint } from '../../net/endpoint.ts'
import { EXIT } from '../exit-code.ts'
import { parseServer, resolveServer } from '../server-argument.ts'
import { once, UsageError } from '../usage-error.ts'

interface DemoArguments {
  readonly server?: string | undefined
  readonly once: boolean
}

const USAGE = `Usage: $0 demo [options]

Starts an FTP server and Portcullis in front of it, on loopback, holds a short session through both,
and draws its ladder. Then it waits for a client of yours, until Ctrl-C.`

export const demoCommand: CommandModule<object, DemoArguments> = {
  command: 'demo',
  describe: 'Show what it does, with a server and a client on this machine',
  builder: (parser: Argv): Argv<DemoArguments> =>
    parser
      .usage(USAGE)
      .option('server', {
        type: 'string',
        requiresArg: true,
        coerce: once('server'),
        describe: 'Stand in front of this FTP server instead: HOST:PORT',
      })
      .option('once', {
        type: 'boolean',
        default: false,
        describe: 'End after the scripted session; exit code 1 if it fails',
      })
      .conflicts('once', 'server'),
  handler: demo,
}

async function demo(given: ArgumentsCamelCase<DemoArguments>): Promise<void> {
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  const wentWell = await runDemo({
    terminal: new Terminal(process.stdout),
    logger: createOperationalLog('warn'),
    server: given.server === undefined ? undefined : await serverEndpoint(given.server),
    once: given.once,
    stop: stop.signal,
  })
  process.exitCode = wentWell ? EXIT.ok : EXIT.failed
}

async function serverEndpoint(text: string): Promise<Endpoint> {
  const server = parseServer(text)
  if (server === undefined)
    throw new UsageError(`--server "${text}": expected 10.0.0.5:21 or ftp.example.org:21`)
  return (await resolveServer(server)).endpoint
}
