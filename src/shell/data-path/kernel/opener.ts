/**
 * Opens and closes pinholes and ranges in the kernel. What is closed stays known until the kernel
 * has taken it out and every connection that came first has been seen.
 */
import type { Logger } from 'pino'
import type { PinholeId } from '../../../engine/id.ts'
import type { Pinhole } from '../../../engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../engine/nat/scoped-range.ts'
import type { Evaluator, Ruleset } from '../../../engine/rules/ruleset.ts'
import { type Endpoint, endpoint } from '../../../net/endpoint.ts'
import { eachPort, type PortRange } from '../../../net/port.ts'
import { errorCode } from '../../error-code.ts'
import type { DataEvent } from '../data-path.ts'
import { ElementHolders } from './element-holders.ts'
import { pinholeElements, rangeElements, renewText } from './elements.ts'
import type { Opening, OpenPinhole, OpenRange, Openings } from './openings.ts'
import { portAtoms, withAtoms } from './port-atoms.ts'
import { rebuildText } from './table-text.ts'
import type { TransactionQueue } from './transaction-queue.ts'

export interface OpenerHost {
  readonly queue: TransactionQueue
  readonly openings: Openings
  report(event: DataEvent): void
  /** Something was closed: look at what came through it before. */
  lookBack(): void
  /** A new connection to `dial` is to be shown as `shownAs`. */
  expect(shownAs: Endpoint, dial: Endpoint): void
  readonly logger: Logger | undefined
}

export class Opener {
  readonly #host: OpenerHost
  readonly #holders = new ElementHolders()
  #ruleset: Ruleset
  #atoms: readonly PortRange[]

  constructor(host: OpenerHost, ruleset: Ruleset) {
    this.#host = host
    this.#ruleset = ruleset
    this.#atoms = portAtoms(ruleset)
  }

  openPinhole(pinhole: Pinhole): void {
    const { openings, queue } = this.#host
    const { dial, from } = pinhole
    const listen = endpoint(pinhole.listen.address, pinhole.listen.port ?? dial.port)
    const elements = pinholeElements(pinhole, listen, this.#ruleset.timeouts.pinhole)
    const text = openings.get(pinhole.id) === undefined ? this.#holders.take(elements) : undefined
    if (text === undefined) {
      queue.push({ text: '', settled: () => this.#failed(pinhole, 'EEXIST') })
      return
    }
    if (from.port !== undefined) this.#host.expect(endpoint(from.address, from.port), dial)
    const open: OpenPinhole = {
      type: 'pinhole',
      pinhole,
      listen,
      elements,
      isUsed: false,
      isClosing: false,
    }
    openings.addPinhole(open)
    const atoms = withAtoms(this.#atoms, pinhole.fromPorts ?? [])
    const declared = atoms === this.#atoms ? '' : rebuildText(this.#ruleset, atoms)
    queue.push({
      text: declared + text,
      settled: (error) => {
        if (error === undefined) this.#atoms = withAtoms(this.#atoms, atoms)
        if (open.isClosing) return this.#failed(pinhole, 'ECANCELED')
        if (error === undefined) {
          const { session, id } = pinhole
          this.#host.report({ type: 'pinholeOpened', session, pinhole: id, listening: listen })
          return
        }
        this.#host.logger?.warn({ err: error, pinhole: pinhole.id }, 'pinhole')
        this.#holders.release(elements)
        openings.remove(open)
        this.#failed(pinhole, errorCode(error))
      },
    })
  }

  openRange(range: ScopedRange): void {
    const { openings, queue } = this.#host
    const { session, id } = range
    const answer = (isOpen: boolean): void => {
      const { ports } = range.listen
      const missing = isOpen || ports === undefined ? [] : [...eachPort(ports)]
      this.#host.report({ type: 'rangeOpened', session, range: id, missing })
    }
    const elements = rangeElements(range)
    const text = openings.get(id) === undefined ? this.#holders.take(elements) : undefined
    if (text === undefined) {
      queue.push({ text: '', settled: () => answer(false) })
      return
    }
    const open: OpenRange = { type: 'range', range, elements, isClosing: false }
    openings.addRange(open)
    queue.push({
      text,
      settled: (error) => {
        if (error !== undefined && !open.isClosing) {
          this.#host.logger?.warn({ err: error, range: id }, 'range')
          this.#holders.release(elements)
          openings.remove(open)
        }
        answer(error === undefined && !open.isClosing)
      },
    })
  }

  /** Closes a pinhole or a range; unknown ones are none of our business. */
  close(id: PinholeId): void {
    const { openings, queue } = this.#host
    const opening = openings.get(id)
    if (opening === undefined || opening.isClosing) return
    opening.isClosing = true
    queue.push({
      text: this.#holders.release(opening.elements),
      settled: (error) => {
        if (error !== undefined) this.#host.logger?.error({ err: error, opening: id }, 'closing')
        this.#host.lookBack()
        openings.remove(opening)
      },
    })
  }

  /** A connection took the elements of a pinhole; another pinhole may be waiting for the same. */
  used(opening: Opening): void {
    const text = this.#holders.restore(opening.elements)
    if (text !== '') this.#host.queue.push({ text })
  }

  /** Before the kernel takes ranges for those of a process that is gone. */
  renewRanges(): void {
    const { openings, queue, logger } = this.#host
    for (const { range, elements } of openings.ranges())
      queue.push({
        text: elements.map(renewText).join(''),
        settled: (error) => {
          if (error !== undefined)
            logger?.error({ err: error, range: range.id }, 'renewing a range')
        },
      })
  }

  replaceRules({ ruleset }: Evaluator): void {
    const { queue, logger } = this.#host
    this.#ruleset = ruleset
    this.#atoms = withAtoms(this.#atoms, portAtoms(ruleset))
    queue.push({
      text: rebuildText(ruleset, this.#atoms),
      settled: (error) => {
        if (error !== undefined)
          logger?.error({ err: error }, 'the guard still follows the old rules')
      },
    })
  }

  #failed({ session, id }: Pinhole, cause: string): void {
    this.#host.report({ type: 'pinholeFailed', session, pinhole: id, cause })
  }
}
