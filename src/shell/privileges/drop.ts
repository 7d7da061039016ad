/**
 * Giving up root for good. Everything that took root stands by then; what is kept is kept one
 * capability at a time. Capabilities belong to threads: the main thread keeps them, and it is the
 * one that makes sockets and speaks to the kernel.
 */
import { checked, library, SystemCallError } from '../native/libc.ts'
import { becomeGroups } from './as-user.ts'
import { CAPABILITIES, type Capability } from './capabilities.ts'
import { PrivilegeError } from './privilege-error.ts'
import type { User } from './user.ts'

const PR_SET_KEEPCAPS = 8
const PR_CAPBSET_DROP = 24
const PR_SET_NO_NEW_PRIVS = 38
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_RAISE = 2
const PR_CAP_AMBIENT_CLEAR_ALL = 4

const CAPABILITY_VERSION_3 = 0x2008_0522
/** More than any kernel has. */
const CAPABILITY_NUMBERS = 64

export interface Kept {
  readonly capabilities: readonly Capability[]
  /** Of those: what programs that are started later have too. */
  readonly inherited: readonly Capability[]
}

interface Calls {
  readonly prctl: (option: number, a: number, b: number, c: number, d: number) => number
  readonly capset: (header: Uint32Array, data: Uint32Array) => number
}

/** @throws PrivilegeError; the process is then in no state to go on. */
export function dropPrivileges(user: User, kept: Kept): void {
  const { prctl, capset } = loadCalls()
  const control = (what: string, option: number, a: number, b = 0): void => {
    checked(`prctl(${what})`, prctl(option, a, b, 0, 0))
  }
  const numbers = kept.capabilities.map((name) => CAPABILITIES[name])
  try {
    control('PR_SET_KEEPCAPS', PR_SET_KEEPCAPS, 1)
    // Not in a container whose root may not; what comes after keeps programs from gaining any, too.
    for (let number = 0; number < CAPABILITY_NUMBERS; number++)
      if (!numbers.some((keep) => keep === number)) prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    becomeGroups(user)
    process.setgid?.(user.gid)
    process.setuid?.(user.uid)
    const inherited = kept.inherited.map((name) => CAPABILITIES[name])
    setCapabilities(capset, numbers, inherited)
    control('PR_CAP_AMBIENT', PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for (const number of inherited)
      control('PR_CAP_AMBIENT', PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number)
    control('PR_SET_KEEPCAPS', PR_SET_KEEPCAPS, 0)
    control('PR_SET_NO_NEW_PRIVS', PR_SET_NO_NEW_PRIVS, 1)
  } catch (error) {
    throw explained(user, kept, error)
  }
  if (process.getuid?.() !== user.uid || process.geteuid?.() !== user.uid)
    throw new PrivilegeError(`cannot become ${user.name}: the system did not say why`)
}

function setCapabilities(
  capset: Calls['capset'],
  kept: readonly number[],
  inherited: readonly number[],
): void {
  const bits = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum | (1 << number), 0) >>> 0
  // Version, and the calling thread; then effective, permitted, inheritable, in two halves.
  const header = Uint32Array.of(CAPABILITY_VERSION_3, 0)
  const data = Uint32Array.of(bits(kept), bits(kept), bits(inherited), 0, 0, 0)
  checked('capset', capset(header, data))
}

function explained(user: User, { capabilities }: Kept, error: unknown): PrivilegeError {
  const reason = error instanceof Error ? error.message : String(error)
  const what = error instanceof SystemCallError ? `keep ${capabilities.join(', ')}` : 'give up root'
  return new PrivilegeError(
    `cannot become ${user.name} and ${what}: ${reason}. Start it as root, or leave --user out.`,
    { cause: error },
  )
}

function loadCalls(): Calls {
  const libc = library('libc.so.6')
  const long = 'unsigned long'
  return {
    prctl: libc.func(`int prctl(int, ${long}, ${long}, ${long}, ${long})`),
    capset: libc.func('int capset(void *, const void *)'),
  }
}
