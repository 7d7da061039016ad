/**
 * The data path in which no byte of a data connection reaches this process. A pinhole is a handful
 * of set and map elements; the kernel translates, lets the first connection in and tells of it, and
 * forwards the rest. What it cannot carry, the relay does (`carrier.ts`).
 */
import type { Logger } from 'pino'
import type { PinholeId } from '../../../engine/id.ts'
import type { Pinhole } from '../../../engine/nat/pinhole.ts'
import type { ScopedRange } from '../../../engine/nat/scoped-range.ts'
import { sourcePortAtoms } from '../../../engine/rules/permitted-ports.ts'
import type { Evaluator } from '../../../engine/rules/ruleset.ts'
import { after, duration, type Instant } from '../../../net/instant.ts'
import type { Ip } from '../../../net/ip.ts'
import { unreachable } from '../../../net/unreachable.ts'
import { localAddresses } from '../../local-addresses.ts'
import { now as systemNow } from '../../system-clock.ts'
import type { DataEffect, DataEvent, DataPath } from '../data-path.ts'
import { countConnections, createRelayDataPath } from '../relay-data-path.ts'
import { kernelCarries } from './carrier.ts'
import { forwardingWarnings } from './forwarding.ts'
import { HostAddresses } from './host-addresses.ts'
import type { Kernel } from './kernel.ts'
import { Opener } from './opener.ts'
import { openKernel } from './open-kernel.ts'
import { Openings } from './openings.ts'
import { RelayedOpenings } from './relayed-openings.ts'
import { Traffic } from './traffic.ts'
import { TransactionQueue } from './transaction-queue.ts'

export interface KernelDataPathOptions {
  readonly evaluator: Evaluator
  readonly logger?: Logger
}

/** The world of a kernel data path, which tests make up. */
export interface KernelDataPathWorld {
  readonly kernel: Kernel
  readonly now: () => Instant
  readonly localAddresses: () => readonly Ip[]
}

/** How soon a connection is seen while one is expected; while one runs; and otherwise. */
const EXPECTING_MS = 10
const CARRYING_MS = 100
const RESTING_MS = 250

const RANGE_RENEWAL = duration(20_000)

/**
 * Loads the ruleset into the kernel and reports to `report`.
 * Rejects with a KernelDataPathError when this host or this process cannot have it.
 */
export async function createKernelDataPath(
  report: (event: DataEvent) => void,
  options: KernelDataPathOptions,
): Promise<DataPath> {
  const { ruleset } = options.evaluator
  const kernel = await openKernel(ruleset, sourcePortAtoms(ruleset))
  for (const warning of forwardingWarnings(ruleset)) options.logger?.warn(warning)
  return new KernelDataPath(report, options, { kernel, now: systemNow, localAddresses })
}

export class KernelDataPath implements DataPath {
  readonly #report: (event: DataEvent) => void
  readonly #world: KernelDataPathWorld
  readonly #logger: Logger | undefined
  readonly #addresses: HostAddresses
  readonly #relay: DataPath
  readonly #relayed = new RelayedOpenings()
  readonly #queue: TransactionQueue
  readonly #openings = new Openings()
  readonly #opener: Opener
  readonly #traffic: Traffic
  #renewal: Instant
  #timer: NodeJS.Timeout | undefined
  #delay = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(
    report: (event: DataEvent) => void,
    { evaluator, logger }: KernelDataPathOptions,
    world: KernelDataPathWorld,
  ) {
    const { kernel, now } = world
    const nextConnection = countConnections()
    this.#report = report
    this.#world = world
    this.#logger = logger
    this.#addresses = new HostAddresses(world.localAddresses, now)
    this.#relay = createRelayDataPath(report, { nextConnection })
    this.#queue = new TransactionQueue(kernel.run)
    const shared = { queue: this.#queue, openings: this.#openings, report }
    this.#traffic = new Traffic({
      ...shared,
      kernel,
      nextConnection,
      now,
      used: (opening) => this.#opener.used(opening),
      isRelayed: ({ destination }) => this.#relayed.isAt(destination),
      failed: (error) => logger?.error({ err: error }, 'connection tracking'),
      lost: (packets) => logger?.warn({ packets }, 'connections came faster than they were read'),
    })
    this.#opener = new Opener(
      {
        ...shared,
        load: kernel.load,
        logger,
        lookBack: () => this.#traffic.drain(),
        expect: (shownAs, dial) => this.#traffic.expect(shownAs, dial),
      },
      evaluator.ruleset,
    )
    this.#renewal = after(now(), RANGE_RENEWAL)
    this.#arm()
  }

  perform(effect: DataEffect): void {
    switch (effect.type) {
      case 'openPinhole':
        return this.#openPinhole(effect.pinhole)
      case 'openRange':
        return this.#openRange(effect.range)
      case 'closePinhole':
        return this.#close(effect, effect.pinhole.id)
      case 'closeRange':
        return this.#close(effect, effect.range.id)
      case 'startData':
        if (!this.#traffic.has(effect.connection)) return this.#relay.perform(effect)
        return this.#traffic.watch(effect.connection, effect.idle)
      case 'dropData':
      case 'closeData':
        if (!this.#traffic.has(effect.connection)) return this.#relay.perform(effect)
        return this.#traffic.end(effect.connection, 'closed')
      case 'holdData':
      case 'dialData':
        // What the kernel carries asks nobody.
        return this.#relay.perform(effect)
      default:
        return unreachable(effect)
    }
  }

  settle(): void {
    if (!this.#isClosed) this.#traffic.drain()
  }

  replaceRules(evaluator: Evaluator): void {
    if (!this.#isClosed) this.#opener.replaceRules(evaluator)
  }

  /** Ends every data connection and takes the table out of the kernel. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    try {
      this.#queue.flush()
      this.#traffic.drain()
      this.#traffic.endAll()
      this.#queue.flush()
    } finally {
      await this.#relay.close()
      this.#world.kernel.release()
    }
  }

  #openPinhole(pinhole: Pinhole): void {
    const { id, session, peer, listen, dial, from } = pinhole
    const ends = { peer, listen: listen.address, dial: dial.address, from: from.address }
    if (this.#isClosed) {
      queueMicrotask(() =>
        this.#report({ type: 'pinholeFailed', session, pinhole: id, cause: 'ECANCELED' }),
      )
      return
    }
    if (listen.port !== undefined && this.#isForKernel(ends)) this.#opener.openPinhole(pinhole)
    else {
      const { address, port } = listen
      this.#relayed.add(id, address, port && { first: port, last: port })
      this.#relay.perform({ type: 'openPinhole', pinhole })
    }
    this.#arm()
  }

  #openRange(range: ScopedRange): void {
    const { id, peer, listen, dial, from } = range
    if (!this.#isClosed && this.#isForKernel({ peer, listen: listen.address, dial, from }))
      this.#opener.openRange(range)
    else {
      this.#relayed.add(id, listen.address, listen.ports)
      this.#relay.perform({ type: 'openRange', range })
    }
    this.#arm()
  }

  #isForKernel(ends: Parameters<typeof kernelCarries>[0]): boolean {
    return kernelCarries(ends, (address) => this.#addresses.has(address))
  }

  #close(
    effect: Extract<DataEffect, { type: 'closePinhole' | 'closeRange' }>,
    id: PinholeId,
  ): void {
    if (this.#relayed.has(id)) {
      this.#relayed.close(id, this.#world.now())
      this.#relay.perform(effect)
    } else if (!this.#isClosed) this.#opener.close(id)
  }

  /** Runs as often as what is open and what runs ask for; it holds up no process that wants to end. */
  #arm(): void {
    const delay =
      this.#openings.size > 0 ? EXPECTING_MS : this.#traffic.size > 0 ? CARRYING_MS : RESTING_MS
    if (this.#isClosed || (this.#timer !== undefined && this.#delay <= delay)) return
    clearTimeout(this.#timer)
    this.#delay = delay
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#tick()
      this.#arm()
    }, delay).unref()
  }

  #tick(): void {
    const now = this.#world.now()
    try {
      this.#traffic.drain()
      this.#traffic.poll()
      this.#relayed.forget(now)
      if (now >= this.#renewal) {
        this.#renewal = after(now, RANGE_RENEWAL)
        this.#opener.renewRanges()
      }
      this.#opener.renewSome()
    } catch (error) {
      // The next tick may do better; without one, nobody would see any connection.
      this.#logger?.error({ err: error }, 'kernel data path')
    }
  }
}
