/**
 * A worker: an ordinary proxy whose clients come from the primary. Signals are for the primary, which
 * tells it what to do; without one it takes no new sessions and ends with the last.
 */
import type { Socket } from 'node:net'
import type { RuleSource } from '../../engine/rules/source-text.ts'
import { unreachable } from '../../net/unreachable.ts'
import { unreadLeg } from '../data-path/leg.ts'
import type { Proxy } from '../proxy.ts'
import type { PrimaryLink } from './primary-link.ts'
import type { Question, ToWorker } from './protocol.ts'
import type { RemoteRanges } from './remote-ranges.ts'

export interface WorkerOptions {
  readonly link: PrimaryLink
  readonly proxy: Proxy
  readonly ranges: RemoteRanges
  /** @throws when it cannot be opened. */
  readonly reopenPacketLog: () => Promise<void>
  readonly replaceRules: (sources: readonly RuleSource[]) => void
}

export class Worker {
  readonly #options: WorkerOptions
  /** The proxy has ended. */
  readonly ended: Promise<void>
  #end: (how: 'drain' | 'stop') => void = () => undefined

  constructor(options: WorkerOptions) {
    this.#options = options
    const { proxy, link } = options
    this.ended = new Promise((resolve, reject) => {
      this.#end = (how) => {
        ;(how === 'drain' ? proxy.drain() : proxy.close()).then(resolve, reject)
      }
    })
    void link.lost.then(() => this.#end('drain'))
  }

  /** Ends everything now. */
  stop(): void {
    this.#end('stop')
  }

  take(message: ToWorker, socket: Socket | undefined): void {
    switch (message.type) {
      case 'client':
        return this.#client(message, socket)
      case 'data':
        if (socket !== undefined) this.#options.ranges.connected(unreadLeg(socket))
        return
      case 'rangeOpened':
        return this.#options.ranges.opened(message.range, message.missing)
      case 'question':
        void this.#answer(message.id, message.question)
        return
      case 'drain':
      case 'stop':
        return this.#end(message.type)
      case 'start':
        return // It has.
      default:
        return unreachable(message)
    }
  }

  #client(message: Extract<ToWorker, { type: 'client' }>, socket: Socket | undefined): void {
    const { arrival, isOneTooMany } = message
    const { link, proxy } = this.#options
    const onOver = (): void => {
      if (!isOneTooMany) link.sessionOver()
    }
    if (socket === undefined) return onOver()
    // Node makes it otherwise, but has read nothing yet.
    socket.allowHalfOpen = true
    proxy.accept(socket, arrival, { isOneTooMany, onOver })
  }

  async #answer(id: number, question: Question): Promise<void> {
    const { link } = this.#options
    try {
      const value = await this.#answerTo(question)
      link.flush()
      link.send({ type: 'answer', id, value })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      link.send({ type: 'refusal', id, message })
    }
  }

  async #answerTo(question: Question): Promise<unknown> {
    const { proxy, reopenPacketLog, replaceRules } = this.#options
    switch (question.about) {
      case 'progress':
        return true
      case 'ports':
        return proxy.ports()
      case 'reopen':
        await reopenPacketLog()
        return true
      case 'rules':
        replaceRules(question.sources)
        return true
    }
  }
}
