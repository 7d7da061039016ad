/**
 * The C library, for the few system calls that Node does not offer. Loaded when first asked for: a
 * process that needs none of them runs where koffi has no binary.
 */
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import type Koffi from 'koffi'

/** A call of the C library that failed; `code` is the name of its errno, as EPERM. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError'
  readonly code: string

  constructor(call: string, code: string) {
    super(`${call}: ${code}`)
    this.code = code
  }
}

type Library = ReturnType<typeof Koffi.load>

let koffi: typeof Koffi | undefined
const libraries = new Map<string, Library>()

/** The foreign function interface. Throws the loader's error where it has no binary. */
export function foreign(): typeof Koffi {
  // A static import would be run by everybody, and fail where the platform has no binary.
  koffi ??= createRequire(import.meta.url)('koffi') as typeof Koffi
  return koffi
}

/** A shared library by its file name, as libc.so.6. Throws when it is not installed. */
export function library(name: string): Library {
  const known = libraries.get(name)
  if (known !== undefined) return known
  const loaded = foreign().load(name)
  libraries.set(name, loaded)
  return loaded
}

/** The name of the errno that the last foreign call of this thread left. */
export function lastErrno(): string {
  const number = foreign().errno()
  const found = Object.entries(constants.errno).find(([, value]) => value === number)
  return found?.[0] ?? `errno ${number}`
}

/** Passes a result on, and turns a negative one into an error. */
export function checked(call: string, result: number): number {
  if (result < 0) throw new SystemCallError(call, lastErrno())
  return result
}
