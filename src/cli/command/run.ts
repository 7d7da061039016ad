import type { Argv, CommandModule } from 'yargs'
import type { OperationalLogLevel } from '../../shell/operational-log.ts'
import { once } from '../usage-error.ts'

/** pino's, most first. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

interface RunArguments {
  readonly rules?: string[] | undefined
  readonly listen?: string | undefined
  readonly server?: string | undefined
  readonly 'passive-ports'?: string | undefined
  readonly 'public-address'?: string | undefined
  readonly 'data-path'?: string | undefined
  readonly 'packet-log'?: string | undefined
  readonly 'log-level': OperationalLogLevel
  readonly 'install-intercept': boolean
  readonly 'dry-run': boolean
  readonly 'allow-writable-rules': boolean
  readonly user?: string | undefined
  readonly 'admin-socket'?: string | undefined
  readonly capture?: string | undefined
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [rules..]',
  describe: 'Run the proxy with rule files, or in front of one server',
  builder: (parser: Argv): Argv<RunArguments> =>
    parser
      .usage(USAGE)
      .options({
        listen: {
          ...oneText('listen'),
          describe: 'Where clients connect',
          group: FRONT_DOOR,
        },
        server: {
          ...oneText('server'),
          describe: 'The FTP server; a name is looked up once, at start',
          group: FRONT_DOOR,
        },
        'passive-ports': {
          ...oneText('passive-ports'),
          describe: 'Ports for data connections (default: 50000-50099)',
          group: FRONT_DOOR,
        },
        'public-address': {
          ...oneText('public-address'),
          describe: 'What 227 replies name (default: where the client connected)',
          group: FRONT_DOOR,
        },
        'data-path': {
          ...oneText('data-path'),
          describe: 'Who carries data connections: relay or kernel (default: relay)',
          group: FRONT_DOOR,
        },
        'dry-run': {
          type: 'boolean',
          default: false,
          describe: 'Print what it would do, nftables rules included, and do nothing',
        },
        'install-intercept': {
          type: 'boolean',
          default: false,
          describe: 'Lead connections to intercepting listeners while it runs',
        },
        user: {
          ...oneText('user'),
          describe: 'NAME or NAME:GROUP to become once everything stands',
        },
        'admin-socket': {
          ...oneText('admin-socket'),
          describe: 'Where portcullis ports asks (default: its default)',
        },
        capture: {
          ...oneText('capture'),
          describe: 'Write control connections, passwords too, to this pcapng file',
        },
        'allow-writable-rules': {
          type: 'boolean',
          default: false,
          describe: 'Take rule files that other users can change',
        },
        'packet-log': {
          ...oneText('packet-log'),
          describe: "Packet log, in place of the rule file's; - is standard output",
        },
        'log-level': {
          choices: LEVELS,
          default: 'info',
          describe: 'What to tell on standard error',
        },
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { run } = await import('../run.ts')
    await run(given)
  },
}

const USAGE = `Usage: $0 run <rules..> [options]
Or:    $0 run --listen ADDRESS:PORT --server HOST:PORT [options]

The rules are files, or folders of them; several are read as one. Without any, --listen and
--server make a front door: one listener in front of one server, open to every client.`
const FRONT_DOOR = 'Front door, without a rule file:'
const EPILOGUE = `Examples:
  portcullis run --listen 0.0.0.0:21 --server 10.0.0.5:21
  portcullis run rules/front-door.yaml --packet-log /var/log/portcullis.jsonl
  portcullis run rules/gateway-tproxy.yaml --dry-run
  portcullis run rules/gateway-tproxy.yaml --install-intercept --user portcullis

Signals:
  TERM, INT  no new sessions; running transfers may finish; a second signal stops at once
  HUP        reopen the packet log and read the rule files again
  USR2       reopen the packet log`

function oneText(option: string): {
  readonly type: 'string'
  readonly requiresArg: true
  readonly coerce: (value: string) => string
} {
  return { type: 'string', requiresArg: true, coerce: once(option) }
}
