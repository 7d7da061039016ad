import type { Argv, CommandModule } from 'yargs'
import type { ReplayFormat } from '../replay.ts'
import { once, UsageError } from '../usage-error.ts'

const FORMATS = ['table', 'ladder', 'json', 'csv'] as const satisfies readonly ReplayFormat[]

interface ReplayArguments {
  readonly capture?: string | undefined
  readonly rules?: readonly string[] | undefined
  readonly diff?: string | undefined
  readonly format: ReplayFormat
  readonly listener?: string | undefined
  readonly port?: readonly number[] | undefined
}

const USAGE = `Usage: $0 replay <capture> [options]

Runs the FTP sessions of a capture file (pcap or pcapng, gzip too; - is standard input) through the
engine, and shows what the rules would have decided: verdicts, rewrites, pinholes, and for each data
connection whether it would have got through. Without --rules everything is permitted that the
engine itself does not refuse.`

const EPILOGUE = `Examples:
  portcullis replay tuesday.pcap --rules rules/front-door.yaml
  portcullis replay tuesday.pcap.gz --rules old.yaml --diff new.yaml
  portcullis replay tuesday.pcap --rules new.yaml --format json | portcullis audit -`

export const replayCommand: CommandModule<object, ReplayArguments> = {
  command: 'replay [capture]',
  describe: 'Show what rules would have decided about a capture file',
  builder: (parser: Argv): Argv<ReplayArguments> =>
    parser
      .usage(USAGE)
      .positional('capture', { type: 'string', describe: 'The capture file, or -' })
      .middleware(({ _: words }) => {
        // The first is the command.
        if (words.length > 1) throw new UsageError('one capture at a time')
      }, true)
      .options({
        rules: {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'Rule files, or folders of them; several are read as one',
        },
        diff: {
          type: 'string',
          requiresArg: true,
          coerce: once('diff'),
          describe: 'Show what this rule file would have decided differently',
        },
        format: { choices: FORMATS, default: 'table', describe: 'What to print' },
        listener: {
          type: 'string',
          requiresArg: true,
          coerce: once('listener'),
          describe: 'Treat every session as one of this listener (default: by its server)',
        },
        port: {
          type: 'string',
          array: true,
          requiresArg: true,
          coerce: ports,
          describe: 'Servers on this port speak FTP, whatever they say first',
        },
      } as const)
      .epilogue(EPILOGUE),
  async handler({ capture, ...given }) {
    const { replay } = await import('../replay.ts')
    if (capture === undefined) throw new UsageError('name the capture file')
    process.exitCode = await replay({ ...given, capture })
  },
}

function ports(values: readonly string[]): readonly number[] {
  return values.map((text) => {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (value < 1 || value > 65_535) throw new UsageError(`--port ${text}: a port is 1 to 65535`)
    return value
  })
}
