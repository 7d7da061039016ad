/** One worker of `portcullis run`, from what the primary tells it to its end. */
import { createEvaluator } from '../engine/rules/evaluate.ts'
import { load } from '../engine/rules/load.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import type { RuleSource } from '../engine/rules/source-text.ts'
import { shareOf } from '../engine/rules/worker-share.ts'
import { readDescriptors } from '../shell/descriptors.ts'
import { createOperationalLog } from '../shell/operational-log.ts'
import { PacketLogError } from '../shell/packet-log/packet-log-error.ts'
import { createPacketLog } from '../shell/packet-log/pino-packet-log.ts'
import { workerFile } from '../shell/packet-log/worker-file.ts'
import { startProxy } from '../shell/proxy.ts'
import type { PrimaryLink } from '../shell/workers/primary-link.ts'
import type { Start, ToWorker } from '../shell/workers/protocol.ts'
import { RemoteRanges } from '../shell/workers/remote-ranges.ts'
import { Worker } from '../shell/workers/worker.ts'
import { EnvironmentError } from './environment-error.ts'
import { closeLogs, openCapture } from './run-parts.ts'
import { fitSessions } from './session-fit.ts'
import { readVersion } from './version.ts'

/** Sockets come only to a worker that is ready, so before it nothing but the two ways to end. */
type Early = Extract<ToWorker, { type: 'drain' | 'stop' }>

/**
 * Resolves when the worker has ended. `onStarted` gets what stops it at once. What is in the way of
 * starting is told to the primary, and makes the process exit with code 1.
 */
export async function runWorker(
  link: PrimaryLink,
  onStarted: (stop: () => void) => void,
): Promise<void> {
  const early: Early[] = []
  let worker: Worker | undefined
  const start = await new Promise<Start>((resolve) => {
    link.listen((message, socket) => {
      if (message.type === 'start') resolve(message)
      else if (worker !== undefined) worker.take(message, socket)
      else if (message.type === 'drain' || message.type === 'stop') early.push(message)
    })
    link.send({ type: 'hello' })
  })
  try {
    await work(link, start, (running) => {
      worker = running
      onStarted(() => running.stop())
      for (const message of early) running.take(message, undefined)
    })
  } catch (error) {
    if (!(error instanceof PacketLogError || error instanceof EnvironmentError)) throw error
    link.send({ type: 'failed', message: error.message })
    process.exitCode = 1
  } finally {
    link.close()
  }
}

async function work(
  link: PrimaryLink,
  start: Start,
  onRunning: (worker: Worker) => void,
): Promise<void> {
  const logger = createOperationalLog(start.logLevel).child({ worker: start.worker })
  const descriptors = readDescriptors()
  const rulesetOf = (sources: readonly RuleSource[]): Ruleset =>
    fitSessions(shareOf(loaded(sources), start), descriptors, logger)
  const ruleset = rulesetOf(start.sources)
  const packetLog = createPacketLog({
    path: workerFile(start.packetLog, start.worker),
    onFailure: ruleset.packetLog.onFailure,
    version: readVersion(),
    rules: start.rules,
    worker: start.worker,
  })
  const capture = openCapture(captureFile(start), logger)
  try {
    const ranges = new RemoteRanges((message) => link.send(message))
    const proxy = await startProxy({
      evaluator: createEvaluator(ruleset),
      packetLog,
      logger,
      capture,
      member: {
        worker: start.worker,
        ranges: (onConnection) => ranges.for(onConnection),
      },
    })
    const worker = new Worker({
      link,
      proxy,
      ranges,
      reopenPacketLog: () => packetLog.reopen(),
      replaceRules: (sources) => proxy.replaceRules(createEvaluator(rulesetOf(sources))),
    })
    onRunning(worker)
    link.send({ type: 'ready' })
    await worker.ended
  } finally {
    await closeLogs({ packetLog, capture, logger })
  }
}

function captureFile({ capture, worker }: Start): string | undefined {
  return capture === undefined ? undefined : workerFile(capture, worker)
}

/** The primary has read and checked the same text. */
function loaded(sources: readonly RuleSource[]): Ruleset {
  const { ruleset } = load(sources, { forRunning: true })
  if (ruleset === undefined) throw new Error('the rules that the primary sent have errors')
  return ruleset
}
