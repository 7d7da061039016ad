/** `portcullis demo`: the demo, on this terminal, until it is stopped. */
import { runDemo } from '../demo/demo.ts'
import { Terminal } from '../demo/terminal.ts'
import type { Endpoint } from '../net/endpoint.ts'
import { createOperationalLog } from '../shell/operational-log.ts'
import { EXIT } from './exit-code.ts'
import { parseServer, resolveServer } from './server-argument.ts'
import { UsageError } from './usage-error.ts'

export interface DemoArguments {
  readonly server?: string | undefined
  readonly once: boolean
}

/** Resolves to the exit code. @throws UsageError */
export async function demo(given: DemoArguments): Promise<number> {
  if (given.once && given.server !== undefined)
    throw new UsageError('--once ends after the scripted session, and --server plays none')
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
  return wentWell ? EXIT.ok : EXIT.failed
}

async function serverEndpoint(text: string): Promise<Endpoint> {
  const server = parseServer(text)
  if (server === undefined)
    throw new UsageError(`--server "${text}": expected 10.0.0.5:21 or ftp.example.org:21`)
  return (await resolveServer(server)).endpoint
}
