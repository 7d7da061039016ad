/**
 * `npm run soak -- --minutes N`: Portcullis before real servers, friends and enemies at the same time,
 * and in the end everything that should be zero.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { installPeers } from '../support/peers/install.ts'
import { faultsOf, RSS_SLOPE_MAX_KIB, toJson, toTable } from './report.ts'
import { settingProblem } from './setting.ts'
import { soak } from './soak.ts'

const HELP = `npm run soak -- [--minutes N] [--seed S] [--load F] [--json FILE] [--keep FOLDER]

Runs dist/cli/main.js before vsftpd, ProFTPD, Pure-FTPd, pyftpdlib and a hostile server, and lets
friendly and hostile clients at it for so long. The rules are read again and the packet log is
rotated meanwhile. In the end each transfer, each session in the log, the hash chain, descriptors,
ports and what was said on standard error are accounted for.

  --minutes N   how long (2)
  --seed S      which sessions, in which order (1); real peers keep their own time
  --load F      how many at a time: 1 is twelve friendly and eight hostile ones (1)
  --json FILE   the numbers, for programs
  --keep FOLDER the packet logs, to be looked at afterwards
  --help        this

SIGINT ends it before its time; all is accounted for as at the end, and a second one ends it at once.
The exit code is 1 when something that should be zero is not, when descriptors are not back, or when
memory grows by more than ${RSS_SLOPE_MAX_KIB} KiB a minute in a run of 30 minutes or more.
It runs as root, as Pure-FTPd does; the servers are downloaded into .peers/ if they are not there.
`

process.exitCode = await main()

async function main(): Promise<number> {
  const given = readArguments()
  if (typeof given === 'string') {
    process.stderr.write(`${given}\n\n${HELP}`)
    return 2
  }
  if (given.help) {
    process.stdout.write(HELP)
    return 0
  }
  await installPeers()
  const problem = settingProblem()
  if (problem !== undefined) {
    process.stderr.write(`a soak cannot run here: ${problem}\n`)
    return 2
  }
  const tell = (text: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${text}\n`)
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const result = await soak({ ...given, tell, signal: stop.signal })
  if (given.json !== undefined)
    writeFileSync(given.json, `${JSON.stringify(toJson(result), undefined, 2)}\n`)
  process.stdout.write(`${toTable(result)}\n`)
  return faultsOf(result).length === 0 ? 0 : 1
}

interface Arguments {
  readonly minutes: number
  readonly seed: number
  readonly load: number
  readonly json: string | undefined
  readonly keep: string | undefined
  readonly help: boolean
}

/** Or what is wrong with them. */
function readArguments(): Arguments | string {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
        load: { type: 'string', default: '1' },
        json: { type: 'string' },
        keep: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    const { json, keep, help } = values
    const [minutes, seed, load] = [values.minutes, values.seed, values.load].map(Number)
    if (minutes === undefined || !(minutes > 0 && minutes <= 10_080))
      return '--minutes: a number up to 10080, a week'
    if (seed === undefined || !Number.isInteger(seed)) return '--seed: a whole number'
    if (load === undefined || !(load >= 0.1 && load <= 5)) return '--load: a number from 0.1 to 5'
    return { minutes, seed, load, json, keep, help }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
