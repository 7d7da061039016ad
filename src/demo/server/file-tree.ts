/**
 * The read-only file tree the embedded server serves: values in memory, so that no path a client
 * sends can ever reach the disk.
 */
import { posix } from 'node:path'

export interface FileEntry {
  readonly type: 'file'
  readonly name: string
  readonly bytes: Uint8Array
}

export interface DirectoryEntry {
  readonly type: 'directory'
  readonly name: string
  readonly entries: readonly Entry[]
}

export type Entry = FileEntry | DirectoryEntry

export function file(name: string, text: string): FileEntry {
  return { type: 'file', name, bytes: Buffer.from(text, 'utf8') }
}

export function directory(name: string, entries: readonly Entry[]): DirectoryEntry {
  return { type: 'directory', name, entries }
}

/** The absolute path `argument` means in directory `from`; `..` ends at the root. */
export function resolvePath(from: string, argument: string): string {
  const path = posix.resolve('/', from, argument)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** What stands at an absolute path of {@link resolvePath}. */
export function findEntry(root: DirectoryEntry, path: string): Entry | undefined {
  let entry: Entry | undefined = root
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (entry?.type !== 'directory') return undefined
    entry = entry.entries.find((candidate) => candidate.name === name)
  }
  return entry
}
