/** A worker's process without a process: what it is told is noted, and a test says what it says. */
import type { Socket } from 'node:net'
import type { ForkWorker, WorkerProcessEvents } from '../../../src/shell/workers/worker-process.ts'

export interface FakeProcess {
  readonly told: { readonly message: Readonly<Record<string, unknown>>; readonly socket?: Socket }[]
  readonly types: () => readonly unknown[]
  isKilled: boolean
  isConnected: boolean
  says(message: object): void
  ends(how?: string): void
}

/** Each is ready as soon as it is forked, unless `isSilent`. */
export function fakeFork({ isSilent = false }: { readonly isSilent?: boolean } = {}): {
  readonly fork: ForkWorker
  readonly processes: FakeProcess[]
} {
  const processes: FakeProcess[] = []
  const fork: ForkWorker = (events) => {
    const process = fakeProcess(events)
    processes.push(process)
    if (!isSilent)
      queueMicrotask(() => {
        process.says({ type: 'hello' })
        process.says({ type: 'ready' })
      })
    return {
      pid: 4_000_000 + processes.length,
      get isConnected() {
        return process.isConnected
      },
      send: (message, socket) => {
        const copy = JSON.parse(JSON.stringify(message)) as Record<string, unknown>
        process.told.push({ message: copy, ...(socket === undefined ? {} : { socket }) })
      },
      kill: () => {
        process.isKilled = true
        process.ends('SIGKILL')
      },
    }
  }
  return { fork, processes }
}

function fakeProcess(events: WorkerProcessEvents): FakeProcess {
  const told: FakeProcess['told'] = []
  return {
    told,
    types: () => told.map(({ message }) => message['type']),
    isKilled: false,
    isConnected: true,
    says: (message) => events.message(JSON.parse(JSON.stringify(message))),
    ends: (how = 'exit code 0') => events.end(how),
  }
}
