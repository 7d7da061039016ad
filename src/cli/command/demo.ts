import type { Argv, CommandModule } from 'yargs'
import type { DemoArguments } from '../demo.ts'
import { once } from '../usage-error.ts'

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
      }),
  async handler(given) {
    const { demo } = await import('../demo.ts')
    process.exitCode = await demo(given)
  },
}
