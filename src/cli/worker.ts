/** The program that a worker is: started by `portcullis run`, never by hand. */
import cluster from 'node:cluster'
import { PrimaryLink } from '../shell/workers/primary-link.ts'
import { EXIT } from './exit-code.ts'
import { guardProcess } from './internal-error.ts'
import { runWorker } from './run-worker.ts'

/** A service manager, or a terminal, sends them to all processes; the primary says what they mean. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const

guardProcess()
if (cluster.worker === undefined) {
  process.stderr.write('portcullis: this is a part of portcullis run, and does nothing alone\n')
  process.exitCode = EXIT.usage
} else {
  // Node ends a worker whose primary is gone; ours lets running transfers finish.
  cluster.worker.exitedAfterDisconnect = true
  let stop: () => void = () => process.exit(EXIT.failed)
  for (const signal of SIGNALS)
    process.on(signal, () => {
      // Without a primary, nobody else is there to obey.
      if (!process.connected && (signal === 'SIGTERM' || signal === 'SIGINT')) stop()
    })
  await runWorker(new PrimaryLink(process), (stopNow) => {
    stop = stopNow
  })
}
