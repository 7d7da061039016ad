/** A kernel that does what a test says. */
import { type Instant, instant } from '../../../../src/net/instant.ts'
import { type Endpoint, formatEndpoint } from '../../../../src/net/endpoint.ts'
import type { Command } from '../../../../src/shell/data-path/kernel/elements.ts'
import type { FlowTable, Kernel } from '../../../../src/shell/data-path/kernel/kernel.ts'
import { DENIED_PREFIX, PASSED_PREFIX } from '../../../../src/shell/data-path/kernel/table-names.ts'
import type { FlowState, FlowTuple } from '../../../../src/shell/netlink/conntrack.ts'
import type { LoggedPacket } from '../../../../src/shell/netlink/nflog.ts'

function nameOf({ source, destination }: FlowTuple): string {
  return `${formatEndpoint(source)} ${formatEndpoint(destination)}`
}

/** Every packet has a hundred bytes. */
export class FakeFlowTable implements FlowTable {
  readonly #entries = new Map<string, FlowState>()
  isBroken = false

  get size(): number {
    return this.#entries.size
  }

  put(
    { peer, local }: { readonly peer: Endpoint; readonly local: Endpoint },
    state: FlowState['state'],
    original: number,
    reply: number,
  ): void {
    this.#entries.set(nameOf({ source: peer, destination: local }), {
      state,
      original: { packets: original, bytes: original * 100 },
      reply: { packets: reply, bytes: reply * 100 },
    })
  }

  get(tuple: FlowTuple): FlowState | undefined {
    if (this.isBroken) throw new Error('ENOBUFS')
    return this.#entries.get(nameOf(tuple))
  }

  delete(tuple: FlowTuple): boolean {
    if (this.isBroken) throw new Error('ENOBUFS')
    return this.#entries.delete(nameOf(tuple))
  }
}

export class FakeKernel implements Kernel {
  readonly flows: FakeFlowTable = new FakeFlowTable()
  /** One entry a transaction, one line a command. */
  readonly runs: string[] = []
  /** Texts that changed the ruleset. */
  readonly loads: string[] = []
  readonly logged: LoggedPacket[] = []
  /** A transaction with this in it is refused. */
  refused: string | undefined
  lost = 0
  isReleased = false
  now: Instant = instant(1000)

  readonly run = (commands: readonly Command[]): void => {
    const text = commands
      .map(({ type, element: { set, key } }) => `${type} ${set} { ${key} }\n`)
      .join('')
    if (this.refused !== undefined && text.includes(this.refused))
      throw Object.assign(new Error('refused'), { code: 'ENFILE' })
    this.runs.push(text)
  }

  readonly load = (text: string): void => {
    if (this.refused !== undefined && text.includes(this.refused)) throw new Error('refused')
    this.loads.push(text)
  }

  readonly packets: Kernel['packets'] = new FakePackets(this)

  pass(source: Endpoint, destination: Endpoint): void {
    this.logged.push({ prefix: PASSED_PREFIX, family: 4, source, destination })
  }

  deny(source: Endpoint, destination: Endpoint): void {
    this.logged.push({ prefix: DENIED_PREFIX, family: 4, source, destination })
  }

  release(): void {
    this.isReleased = true
  }
}

class FakePackets {
  readonly #kernel: FakeKernel

  constructor(kernel: FakeKernel) {
    this.#kernel = kernel
  }

  get lost(): number {
    return this.#kernel.lost
  }

  read(max: number): readonly LoggedPacket[] {
    return this.#kernel.logged.splice(0, max)
  }
}
