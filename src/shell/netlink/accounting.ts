/**
 * Whether connection tracking counts packets and bytes: a switch of the network namespace, off by
 * default. It is left as it was found.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { errorCode } from '../error-code.ts'

const SWITCH = '/proc/sys/net/netfilter/nf_conntrack_acct'

export class AccountingError extends Error {
  override readonly name = 'AccountingError'
}

export interface Accounting {
  /** Switches it off again if it was off before. */
  restore(): void
}

/** @throws AccountingError, in one line, when it is off and cannot be switched on. */
export function enableAccounting(path: string = SWITCH): Accounting {
  if (read(path) === '1') return { restore: () => undefined }
  write(path, '1')
  let isOurs = true
  return {
    restore: () => {
      if (isOurs) write(path, '0')
      isOurs = false
    },
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new AccountingError(
      errorCode(error) === 'ENOENT'
        ? `the kernel has no connection tracking: ${path} is not there`
        : `cannot read ${path}: ${errorCode(error)}`,
    )
  }
}

function write(path: string, value: string): void {
  try {
    writeFileSync(path, value)
  } catch (error) {
    throw new AccountingError(`cannot set ${path} to ${value}: ${errorCode(error)}`)
  }
}
