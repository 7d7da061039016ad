/**
 * Opens and closes pinholes and ranges in the kernel. What is closed stays known until the kernel
 * has taken it out and every connection that came first has been seen.
 */
import type { Logger } from 'pino'
import type { PinholeId } from '../../../engine/id.ts'
import type { Pinhole } from '../../../engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../engine/nat/scoped-range.ts'
import { sourcePortAtoms } from '../../../engine/rules/permitted-ports.ts'
import type { Evaluator, Ruleset } from '../../../engine/rules/ruleset.ts'
import { type Endpoint, endpoint } from '../../../net/endpoint.ts'
import { eachPort, type PortRange } from '../../../net/port.ts'
import { errorCode } from '../../error-code.ts'
import type { DataEvent } from '../data-path.ts'
import { ElementHolders } from './element-holders.ts'
import { pinholeElements, rangeElements, renewing } from './elements.ts'
import type { Opening, OpenPinhole, OpenRange, Openings } from './openings.ts'
import { withAtoms } from './port-atoms.ts'
import { rebuildText } from './table-text.ts'
import type { TransactionQueue } from './transaction-queue.ts'

export interface OpenerHost {
  readonly queue: TransactionQueue
  /** Changes the ruleset itself; throws when it was refused. */
  load(text: string): void
  readonly openings: Openings
  report(event: DataEvent): void
  /** Something was closed: look at what came through it before. */
  lookBack(): void
  /** A new connection to `dial` is to be shown as `shownAs`. */
  expect(shownAs: Endpoint, dial: Endpoint): void
  readonly logger: Logger | undefined
}

/** At one step every ten milliseconds, all ranges are renewed within ten seconds. */
const RENEWAL_STEPS = 1000

export class Opener {
  readonly #host: OpenerHost
  readonly #holders = new ElementHolders()
  #ruleset: Ruleset
  #atoms: readonly PortRange[]
  #unrenewed: OpenRange[] = []
  #renewedAtOnce = 0

  constructor(host: OpenerHost, ruleset: Ruleset) {
    this.#host = host
    this.#ruleset = ruleset
    this.#atoms = sourcePortAtoms(ruleset)
  }

  openPinhole(pinhole: Pinhole): void {
    const { openings, queue } = this.#host
    const { dial, from } = pinhole
    const listen = endpoint(pinhole.listen.address, pinhole.listen.port ?? dial.port)
    const elements = pinholeElements(pinhole, listen, this.#ruleset.timeouts.pinhole)
    const cause = this.#declare(pinhole.fromPorts ?? [])
    const commands =
      cause === undefined && openings.get(pinhole.id) === undefined
        ? this.#holders.take(elements)
        : undefined
    if (commands === undefined) {
      queue.push({ commands: [], settled: () => this.#failed(pinhole, cause ?? 'EEXIST') })
      return
    }
    if (from.port !== undefined && elements.length > 0)
      this.#host.expect(endpoint(from.address, from.port), dial)
    const open: OpenPinhole = {
      type: 'pinhole',
      pinhole,
      listen,
      elements,
      isUsed: false,
      isClosing: false,
    }
    openings.addPinhole(open)
    queue.push({
      commands,
      settled: (error) => {
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
    const commands = openings.get(id) === undefined ? this.#holders.take(elements) : undefined
    if (commands === undefined) {
      queue.push({ commands: [], settled: () => answer(false) })
      return
    }
    const open: OpenRange = { type: 'range', range, elements, isClosing: false }
    openings.addRange(open)
    queue.push({
      commands,
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
      commands: this.#holders.release(opening.elements),
      settled: (error) => {
        if (error !== undefined) this.#host.logger?.error({ err: error, opening: id }, 'closing')
        this.#host.lookBack()
        openings.remove(opening)
      },
    })
  }

  /** A connection took the elements of a pinhole; another pinhole may be waiting for the same. */
  used(opening: Opening): void {
    const commands = this.#holders.restore(opening.elements)
    if (commands.length > 0) this.#host.queue.push({ commands })
  }

  /** Begins to renew every range, before the kernel takes them for those of a dead process. */
  renewRanges(): void {
    this.#unrenewed = [...this.#host.openings.ranges()]
    this.#renewedAtOnce = Math.ceil(this.#unrenewed.length / RENEWAL_STEPS)
  }

  /** A part of them: to change a set with many intervals takes time in proportion to its size. */
  renewSome(): void {
    const { queue, logger } = this.#host
    for (const { range, elements, isClosing } of this.#unrenewed.splice(0, this.#renewedAtOnce)) {
      if (isClosing) continue
      queue.push({
        commands: elements.flatMap(renewing),
        settled: (error) => {
          if (error !== undefined)
            logger?.error({ err: error, range: range.id }, 'renewing a range')
        },
      })
    }
  }

  replaceRules({ ruleset }: Evaluator): void {
    this.#ruleset = ruleset
    this.#rebuild(withAtoms(this.#atoms, sourcePortAtoms(ruleset)))
  }

  /** Makes sets for source ports that have none. @returns why it cannot. */
  #declare(fromPorts: readonly PortRange[]): string | undefined {
    const atoms = withAtoms(this.#atoms, fromPorts)
    return atoms === this.#atoms ? undefined : this.#rebuild(atoms)
  }

  #rebuild(atoms: readonly PortRange[]): string | undefined {
    try {
      this.#host.load(rebuildText(this.#ruleset, atoms))
      this.#atoms = atoms
      return undefined
    } catch (error) {
      this.#host.logger?.error({ err: error }, 'the ruleset could not be changed')
      return errorCode(error)
    }
  }

  #failed({ session, id }: Pinhole, cause: string): void {
    this.#host.report({ type: 'pinholeFailed', session, pinhole: id, cause })
  }
}
