/**
 * The demo: an FTP server and Portcullis in front of it, on loopback; a client that holds a session
 * through both while the ladder of it is drawn; and then the same for whoever wants to try.
 */
import type { Logger } from 'pino'
import { frontDoor } from '../engine/rules/built-in.ts'
import { createEvaluator } from '../engine/rules/evaluate.ts'
import { type Endpoint, endpoint, formatEndpoint } from '../net/endpoint.ts'
import { ip } from '../net/ip.ts'
import { port } from '../net/port.ts'
import { errorCode } from '../shell/error-code.ts'
import type { PacketLog } from '../shell/packet-log/packet-log.ts'
import { type Proxy, startProxy } from '../shell/proxy.ts'
import { FtpClient } from './client.ts'
import { demoFiles } from './demo-files.ts'
import { LadderLog } from './ladder-log.ts'
import { scriptedSession, type Step } from './script.ts'
import { type FtpServer, startFtpServer } from './server/server.ts'
import type { Terminal } from './terminal.ts'

export interface DemoOptions {
  readonly terminal: Terminal
  readonly logger: Logger
  /** A real server to stand in front of, in place of the embedded one and its script. */
  readonly server: Endpoint | undefined
  /** End after the scripted session. */
  readonly once: boolean
  /** Aborted when the demo is to end. */
  readonly stop: AbortSignal
}

/** Where clients are awaited, unless it is taken: then one of the next few. */
const FIRST_PORT = 2121
const PORTS_TRIED = 20

/** As wide as the times in front of a ladder's rows. */
const MARGIN = ' '.repeat(10)

const ROOT = demoFiles()

/** Runs until it is stopped. Resolves to whether the scripted session went as it should. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { terminal, stop } = options
  const ladder = new LadderLog(terminal)
  const embedded = options.server === undefined ? await startEmbeddedServer() : undefined
  const server = options.server ?? embedded?.endpoint
  if (server === undefined) throw new Error('there is either a given server or an embedded one')
  const { proxy, listen } = await startOnFreePort(server, ladder, options.logger)
  try {
    introduce(terminal, listen, server, embedded !== undefined)
    const wentWell = embedded === undefined || (await play(terminal, listen, ladder, stop))
    if (!options.once && !stop.aborted) {
      invite(terminal, listen, embedded !== undefined)
      await aborted(stop)
    }
    return wentWell
  } finally {
    await proxy.close()
    await ladder.close()
    await embedded?.close()
  }
}

/**
 * On Linux all of 127.0.0.0/8 is loopback, and a server with an address of its own makes a ladder
 * that is easier to read. Elsewhere it shares the client's.
 */
async function startEmbeddedServer(): Promise<FtpServer> {
  return startFtpServer({ root: ROOT, host: '127.0.0.2' }).catch(() =>
    startFtpServer({ root: ROOT, host: '127.0.0.1' }),
  )
}

async function startOnFreePort(
  server: Endpoint,
  packetLog: PacketLog,
  logger: Logger,
): Promise<{ readonly proxy: Proxy; readonly listen: Endpoint }> {
  for (let tried = 1; ; tried++) {
    const listen = endpoint(ip('127.0.0.1'), port(FIRST_PORT + tried - 1))
    const evaluator = createEvaluator(frontDoor({ listen, server }))
    try {
      return { proxy: await startProxy({ evaluator, packetLog, logger }), listen }
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE' || tried === PORTS_TRIED) throw error
    }
  }
}

function introduce(
  terminal: Terminal,
  listen: Endpoint,
  server: Endpoint,
  isEmbedded: boolean,
): void {
  const arrow = terminal.ink('quiet', '───▶')
  const proxy = `Portcullis ${terminal.ink('link', formatEndpoint(listen))}`
  terminal.line()
  terminal.line(
    `${MARGIN}${terminal.ink('title', 'Portcullis')}, an FTP-aware firewall and NAT proxy`,
  )
  terminal.line()
  terminal.line(
    `${MARGIN}FTP client ${arrow} ${proxy} ${arrow} FTP server ` +
      terminal.ink('link', formatEndpoint(server)),
  )
  terminal.line()
  terminal.prose(isEmbedded ? SCRIPT_INTRODUCTION : SERVER_INTRODUCTION, MARGIN.length)
}

const SCRIPT_INTRODUCTION =
  'Everything here is on this machine. A client that knows nothing of a firewall now holds an FTP ' +
  'session through Portcullis; below is what the packet log records of it.'
const SERVER_INTRODUCTION = 'What the packet log records of each session is drawn here.'

/** Performs the script, step by step. Stops at the first step that goes wrong. */
async function play(
  terminal: Terminal,
  listen: Endpoint,
  ladder: LadderLog,
  stop: AbortSignal,
): Promise<boolean> {
  let client: FtpClient | undefined
  try {
    for (const [index, step] of scriptedSession(ROOT).entries()) {
      if (stop.aborted) break
      announce(terminal, index + 1, step)
      client ??= await FtpClient.connect(listen)
      const [ink, outcome] = await performStep(step, client)
      await ladder.settle()
      terminal.line(MARGIN + terminal.ink(ink, outcome))
      if (ink === 'bad') return false
    }
    return true
  } finally {
    client?.close()
  }
}

function announce(terminal: Terminal, ordinal: number, step: Step): void {
  const title = `${String(ordinal).padStart(MARGIN.length - 2)}  ${step.title}`
  terminal.line()
  terminal.line(terminal.ink('title', title))
  terminal.prose(step.explanation, MARGIN.length, 'quiet')
  terminal.line()
}

async function performStep(step: Step, client: FtpClient): Promise<['good' | 'bad', string]> {
  try {
    return ['good', `✓ ${await step.perform(client)}`]
  } catch (error) {
    return ['bad', `✗ ${error instanceof Error ? error.message : String(error)}`]
  }
}

function invite(terminal: Terminal, listen: Endpoint, isEmbedded: boolean): void {
  const url = `ftp://${formatEndpoint(listen)}/`
  const file = `${url}${isEmbedded ? 'welcome.txt' : 'FILE'}`
  const commands = [
    [`curl ${url}`, 'a directory'],
    [`curl ${file}`, 'a file, passive mode'],
    [`curl -P - ${file}`, 'a file, active mode'],
  ] as const
  terminal.line()
  terminal.line(`${MARGIN}${terminal.ink('title', 'Your turn')}, from another terminal:`)
  terminal.line()
  const width = Math.max(...commands.map(([command]) => command.length))
  for (const [command, what] of commands)
    terminal.line(
      `${MARGIN}${terminal.ink('link', command.padEnd(width))}   ${terminal.ink('quiet', what)}`,
    )
  terminal.line()
  terminal.line(
    `${MARGIN}${terminal.ink('quiet', 'Sessions are drawn below. Ctrl-C ends the demo.')}`,
  )
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
