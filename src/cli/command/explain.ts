import type { Argv, CommandModule } from 'yargs'
import type { ExplainArguments } from '../explain.ts'
import { once } from '../usage-error.ts'

const USAGE = `Usage: $0 explain <rules..> [options]
Or:    $0 explain --session LOG ID [options]

Says for each listener which transfers work: clear, with TLS, with TLS and CCC, with GSSAPI, for
each command that sets up a data connection, over IPv4 and IPv6; why, and which rule decided; and
what is the least that would have to change. It is tried out: the engine that runs the proxy holds
scripted sessions with these rules. With --session it says why a session in a packet log was
treated as it was.`

const EPILOGUE = `Examples:
  portcullis explain rules/front-door.yaml
  portcullis explain rules/front-door.yaml --client 192.0.2.77
  portcullis explain rules/require-tls.yaml --json
  portcullis explain --session /var/log/portcullis/portcullis.log.jsonl 1f3a-12

Exit codes: 0 explained, whatever works or not; 1 the rule files have errors, or the session is not
in the log; 2 the command line makes no sense.`

export const explainCommand: CommandModule<object, ExplainArguments> = {
  command: 'explain [rules..]',
  describe: 'Say which transfers work with rule files, why, and what would help',
  builder: (parser: Argv): Argv<ExplainArguments> =>
    parser
      .usage(USAGE)
      .options({
        client: { ...oneText('client'), describe: 'For this client (default: one that gets in)' },
        server: { ...oneText('server'), describe: 'For this server' },
        listener: { ...oneText('listener'), describe: 'For this listener (default: all of them)' },
        session: {
          type: 'string',
          nargs: 2,
          array: true,
          describe: 'Why a logged session was treated as it was: LOG ID',
        },
        json: {
          type: 'boolean',
          default: false,
          describe: 'Print one JSON value (docs/explain.md)',
        },
        ascii: {
          type: 'boolean',
          describe: 'Draw with ASCII alone (default: where the locale is not UTF-8)',
        },
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { explainCommandLine } = await import('../explain.ts')
    process.exitCode = await explainCommandLine(given)
  },
}

function oneText(option: string): {
  readonly type: 'string'
  readonly requiresArg: true
  readonly coerce: (value: string) => string
} {
  return { type: 'string', requiresArg: true, coerce: once(option) }
}
