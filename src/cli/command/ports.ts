import type { Argv, CommandModule } from 'yargs'
import type { PortsArguments } from '../ports.ts'
import { once } from '../usage-error.ts'

const USAGE = `Usage: $0 ports [options]

Shows the port ranges of a running Portcullis: how large each is, who uses which of its ports now,
and how much of it. A port is leased to one client at one address, so each client has the whole of
passive-ports; the ports of server-passive-ports are the server's.`

const EPILOGUE = `Examples:
  portcullis ports
  portcullis ports --socket /run/portcullis/admin.sock
  portcullis ports --json | jq '.ranges[].holders[] | {holder, used}'`

export const portsCommand: CommandModule<object, PortsArguments> = {
  command: 'ports',
  describe: 'Show who uses which data ports of a running Portcullis',
  builder: (parser: Argv): Argv<PortsArguments> =>
    parser
      .usage(USAGE)
      .options({
        socket: {
          type: 'string',
          requiresArg: true,
          coerce: once('socket'),
          describe: 'Its admin socket (default: where one that runs as this user has it)',
        },
        json: {
          type: 'boolean',
          default: false,
          describe: 'Print the report as JSON',
        },
      } as const)
      .epilogue(EPILOGUE),
  async handler(given) {
    const { ports } = await import('../ports.ts')
    await ports(given)
  },
}
