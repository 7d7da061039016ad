/**
 * Opening the packet log so that it can be trusted: mode 0640, appending only, no symbolic link
 * followed, and only where the file is new or already a packet log. Opened without blocking: a
 * write to a pipe that nobody empties would keep a thread busy, and Node does not exit before that
 * thread returns.
 */
import { Buffer } from 'node:buffer'
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, writeSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { GENESIS, hashOfLine } from '../../record/hash-chain.ts'
import { PacketLogError } from './packet-log-error.ts'

/** Where lines go. */
export interface LogTarget {
  readonly fd: number
  /** The hash to continue from: of the last record there, or `GENESIS`. */
  readonly head: string
  /** Whether there is no record yet, so that the first has to say what it continues. */
  readonly isEmpty: boolean
  /** A regular file keeps what was written; a pipe or a terminal has passed it on. */
  readonly isRegular: boolean
  /** Device and inode: the same for two names of one file. */
  readonly identity: string
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants

/** Owner writes, group (auditors) reads. */
const MODE = 0o640

/** Larger than any record: escaped text is at most 512 bytes of a peer, a record holds two of them. */
const RECORD_BYTES_MAX = 65_536

/** Opens `path`, or standard output for `-`. @throws PacketLogError when it cannot serve as a log. */
export function openLogTarget(path: string): LogTarget {
  return path === '-' ? openStandardOutput() : openLogFile(path)
}

/** {@link LogTarget.identity} of what is at `path` now; `undefined` when nothing is. */
export function identityAt(path: string): string | undefined {
  const stats = statOrUndefined(path)
  return stats === undefined ? undefined : identityOf(stats)
}

function openLogFile(path: string): LogTarget {
  const found = statOrUndefined(path)
  if (found !== undefined) refuseUnsuitable(path, found)
  const access = found === undefined || found.isFile() ? O_RDWR | O_CREAT : O_WRONLY
  const fd = openOrThrow(path, access | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    // Whoever exchanges the file between the two looks does not get its records.
    if (found !== undefined && found.isFile() !== stats.isFile())
      throw new PacketLogError('packet-log.not-a-file', `packet log ${path} was exchanged`)
    return continueFrom(fd, stats, path)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** The reopened descriptor is ours alone: not blocking on it changes nothing for the shell. */
function openStandardOutput(): LogTarget {
  const stats = fstatSync(1)
  try {
    const access = stats.isFile() ? O_RDWR : O_WRONLY
    return continueFrom(openSync('/proc/self/fd/1', access | O_APPEND | O_NONBLOCK), stats)
  } catch {
    // A socket (systemd's journal), or another user's terminal.
    return { fd: 1, head: GENESIS, isEmpty: true, isRegular: false, identity: identityOf(stats) }
  }
}

function statOrUndefined(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw openError(path, error)
  }
}

function refuseUnsuitable(path: string, stats: Stats): void {
  if (stats.isSymbolicLink())
    throw new PacketLogError(
      'packet-log.symlink',
      `packet log ${path} is a symbolic link, which could lead records elsewhere; name the file itself, or - for standard output`,
    )
  if (stats.isDirectory())
    throw new PacketLogError(
      'packet-log.directory',
      `packet log ${path} is a directory; name a file in it, such as ${path.replace(/\/*$/, '/')}portcullis.log.jsonl`,
    )
  if (stats.isSocket() || stats.isBlockDevice())
    throw new PacketLogError(
      'packet-log.not-a-file',
      `packet log ${path} is a ${stats.isSocket() ? 'socket' : 'block device'}; name a file, a named pipe, or - for standard output`,
    )
}

function openOrThrow(path: string, flags: number): number {
  try {
    return openSync(path, flags, MODE)
  } catch (error) {
    throw openError(path, error)
  }
}

function openError(path: string, error: unknown): PacketLogError {
  const cause = causeOf(error)
  switch (cause) {
    case 'ELOOP':
      return new PacketLogError(
        'packet-log.symlink',
        `packet log ${path} is a symbolic link`,
        error,
      )
    case 'ENOENT':
    case 'ENOTDIR':
      return new PacketLogError(
        'packet-log.missing-directory',
        `packet log ${path} cannot be created: its directory does not exist`,
        error,
      )
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PacketLogError(
        'packet-log.permission',
        `packet log ${path} cannot be opened for appending: ${cause}; it must be writable for the user portcullis runs as`,
        error,
      )
    case 'ENXIO':
      return new PacketLogError(
        'packet-log.unread-pipe',
        `packet log ${path} is a named pipe that nobody reads; start its reader first`,
        error,
      )
    default:
      return new PacketLogError(
        'packet-log.open',
        `packet log ${path} cannot be opened: ${cause}`,
        error,
      )
  }
}

/** The operating system's word for what went wrong (ENOSPC, EPIPE …). */
export function causeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : String(error)
}

/** Finds the end of the chain. `path` is absent for standard output, which may hold other text. */
function continueFrom(fd: number, stats: Stats, path?: string): LogTarget {
  const base = { fd, isRegular: stats.isFile(), identity: identityOf(stats) }
  if (!stats.isFile() || stats.size === 0) return { ...base, head: GENESIS, isEmpty: true }
  const tail = readTail(fd, stats.size)
  const head = lastHash(tail)
  if (head === undefined && path !== undefined && !isCutShort(tail))
    throw new PacketLogError(
      'packet-log.foreign',
      `packet log ${path} holds something else than a packet log; name another file`,
    )
  // A run that crashed in the middle of a line: what comes next starts a line of its own.
  if (!tail.endsWith('\n')) writeSync(fd, '\n')
  return { ...base, head: head ?? GENESIS, isEmpty: head === undefined }
}

/** A first record that a crash cut short is ours. */
function isCutShort(tail: string): boolean {
  return tail.startsWith('{"time":"') && !tail.trimEnd().includes('\n')
}

function readTail(fd: number, size: number): string {
  const bytes = Buffer.alloc(Math.min(size, 2 * RECORD_BYTES_MAX))
  const count = readSync(fd, bytes, 0, bytes.length, size - bytes.length)
  return bytes.toString('utf8', 0, count)
}

/** The hash of the last whole record; the last line may be one that was cut short. */
function lastHash(tail: string): string | undefined {
  return tail
    .split('\n')
    .toReversed()
    .map(hashOfLine)
    .find((hash) => hash !== undefined)
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`
}
