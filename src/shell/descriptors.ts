/**
 * How many file descriptors this process may have open, and how many sessions that makes. Node has
 * raised the soft limit to the hard one before any of this runs, so there is nothing left to raise.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { rangeSize } from '../net/port.ts'

/** Both legs of a control connection. */
const CONTROL = 2

/** Both legs of a data connection and, while it is awaited, its listener. */
const DATA = 3

/** Packet log, diagnostics, admin socket, capture file, the sockets of the kernel path. */
export const STANDING = 12

const RESERVE_MAX = 256

export interface Descriptors {
  /** As many may be open. */
  readonly limit: number
  /** As many are, before there is any session. */
  readonly open: number
}

/** `undefined` where the operating system does not say. @throws EMFILE when none is left to ask with. */
export function readDescriptors(): Descriptors | undefined {
  const limit = descriptorLimit()
  if (limit === undefined) return undefined
  return { limit, open: readdirSync('/proc/self/fd').length }
}

/** As {@link readDescriptors}: the limit alone. */
export function descriptorLimit(path: string = '/proc/self/limits'): number | undefined {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync(path, 'utf8'))?.[1]
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : toLimit(soft)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * What no session gets. One half is for connections that are over and not yet closed, and for
 * clients that are told to go; the other for the packet log, the admin socket and a reload.
 */
export function reserveOf(limit: number): number {
  return Math.min(RESERVE_MAX, Math.floor(limit / 4))
}

/** How many sessions can run at a time, each with a data connection and the next one announced. */
export function sessionsThatFit(ruleset: Ruleset, { limit, open }: Descriptors): number {
  const each = ruleset.dataPath === 'kernel' ? CONTROL : CONTROL + DATA
  const left = limit - open - STANDING - reserveOf(limit) - listeningSockets(ruleset)
  return Math.max(0, Math.floor(left / each))
}

/** A static range has one listener a port, shared by all its sessions, unless the kernel has it. */
function listeningSockets({ listeners, dataPath }: Ruleset): number {
  const ranges = listeners.map(({ serverPassivePorts: ports }) =>
    ports === undefined || dataPath === 'kernel' ? 0 : rangeSize(ports),
  )
  return ranges.reduce((sum, size) => sum + size, listeners.length)
}

function toLimit(text: string | undefined): number | undefined {
  const limit = Number(text)
  return Number.isSafeInteger(limit) ? limit : undefined
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
