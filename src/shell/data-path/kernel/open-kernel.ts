/**
 * Takes what the kernel data path needs, in an order in which nothing is left behind when a step
 * fails: the lock first, the table last.
 */
import { readFileSync } from 'node:fs'
import type { Ruleset } from '../../../engine/rules/ruleset.ts'
import type { PortRange } from '../../../net/port.ts'
import { errorCode } from '../../error-code.ts'
import { Nftables, NftablesError } from '../../native/nftables.ts'
import { enableAccounting } from '../../netlink/accounting.ts'
import { Conntrack } from '../../netlink/conntrack.ts'
import { NflogReader } from '../../netlink/nflog.ts'
import { ElementSocket } from './element-socket.ts'
import type { Kernel } from './kernel.ts'
import { KernelDataPathError } from './kernel-data-path-error.ts'
import { lockNamespace } from './namespace-lock.ts'
import { LOG_GROUP, TABLE } from './table-names.ts'
import { takeOverText } from './table-text.ts'

const CAP_NET_ADMIN = 12n

/**
 * Loads the table, in the place of one that a killed process left.
 * @throws KernelDataPathError when this host or this process cannot have it; nothing is left then.
 */
export async function openKernel(ruleset: Ruleset, atoms: readonly PortRange[]): Promise<Kernel> {
  const undo: (() => void)[] = []
  /** One step that fails does not keep the others from being undone. */
  const release = (): void => {
    const errors: unknown[] = []
    for (let step = undo.pop(); step !== undefined; step = undo.pop())
      try {
        step()
      } catch (error) {
        errors.push(error)
      }
    if (errors.length > 0) throw new AggregateError(errors, 'the kernel data path left something')
  }
  try {
    requireCapability(readStatus())
    const nftables = openNftables()
    undo.push(() => nftables.close())
    const lock = await lockNamespace()
    undo.push(() => lock.release())
    const accounting = attempt('needs connection tracking that counts packets', () =>
      enableAccounting(),
    )
    undo.push(() => accounting.restore())
    const flows = attempt('needs conntrack netlink', () => Conntrack.open())
    undo.push(() => flows.close())
    const packets = attempt(`needs NFLOG group ${LOG_GROUP} for itself`, () =>
      NflogReader.open(LOG_GROUP),
    )
    undo.push(() => packets.close())
    const elements = attempt('needs nf_tables netlink', () => ElementSocket.open())
    undo.push(() => elements.close())
    attempt('needs nftables with sets, maps, NAT and logging in the kernel', () =>
      nftables.run(takeOverText(ruleset, atoms)),
    )
    undo.push(() => deleteTable(nftables))
    return {
      run: (commands) => elements.run(commands),
      load: (text) => void nftables.run(text),
      packets,
      flows,
      release,
    }
  } catch (error) {
    try {
      release()
    } catch {
      // What went wrong first is what somebody can do something about.
    }
    throw error
  }
}

/** @throws KernelDataPathError without the privilege or the library. */
export function requireKernel(): void {
  requireCapability(readStatus())
  openNftables().close()
}

/** @throws KernelDataPathError unless `status`, of /proc/<pid>/status, shows CAP_NET_ADMIN. */
export function requireCapability(status: string): void {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  if (((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n) return
  throw new KernelDataPathError('needs CAP_NET_ADMIN (run as root, or give it that capability)')
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch (error) {
    throw new KernelDataPathError('needs Linux', { cause: error })
  }
}

function openNftables(): Nftables {
  return attempt('needs libnftables (Debian: apt install libnftables1)', () => Nftables.open())
}

function attempt<T>(reason: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw new KernelDataPathError(`${reason} (${detail(error)})`, { cause: error })
  }
}

function detail(error: unknown): string {
  if (error instanceof NftablesError) return error.message
  const text = error instanceof Error ? error.message : errorCode(error)
  return text.split('\n', 1)[0] ?? ''
}

/** Somebody else may have flushed the whole ruleset meanwhile. */
function deleteTable(nftables: Nftables): void {
  nftables.run(`add table ${TABLE}\ndelete table ${TABLE}\n`)
}
