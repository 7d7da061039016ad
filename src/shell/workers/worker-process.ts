/** The process of a worker, as far as the primary deals with it. */
import cluster, { type Worker } from 'node:cluster'
import type { Socket } from 'node:net'

export interface WorkerProcess {
  readonly pid: number | undefined
  /** Whether it can still be told anything. */
  readonly isConnected: boolean
  /** What cannot be sent any more is not missed: the end of the process tells of it. */
  send(message: object, socket?: Socket): void
  kill(): void
}

export interface WorkerProcessEvents {
  readonly message: (value: unknown) => void
  /** It has ended, and all that it said was heard. `how` is for people. */
  readonly end: (how: string) => void
}

export type ForkWorker = (events: WorkerProcessEvents) => WorkerProcess

/** What forks workers that run `program`, a JavaScript file. */
export function clusterFork(program: string): ForkWorker {
  cluster.setupPrimary({ exec: program, args: [] })
  return (events) => watch(cluster.fork(), events)
}

function watch(worker: Worker, { message, end }: WorkerProcessEvents): WorkerProcess {
  let how: string | undefined
  let isSilent = false
  const ended = (): void => {
    if (how !== undefined && isSilent) end(how)
  }
  worker.on('message', message)
  // Of a channel that broke: `exit` and `disconnect` follow.
  worker.on('error', () => undefined)
  worker.on('exit', (code, signal) => {
    // Of one that was killed, Node says the signal, though its types promise both.
    how = (signal as string | null) ?? `exit code ${code}`
    ended()
  })
  worker.on('disconnect', () => {
    isSilent = true
    ended()
  })
  return {
    pid: worker.process.pid,
    get isConnected() {
      return worker.isConnected()
    },
    send: (value, socket) => {
      // Our descriptor stays open until the worker says that it has its own. Closed by Node, those
      // that were still to be sent when a worker died would stay open for ever.
      worker.process.send(value, socket, { keepOpen: true }, () => undefined)
    },
    kill: () => {
      worker.process.kill('SIGKILL')
    },
  }
}
