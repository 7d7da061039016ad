import { errorCode } from '../error-code.ts'
import { PrivilegeError } from './privilege-error.ts'
import type { User } from './user.ts'

/**
 * Does `work` with the rights of another user to files, and is root again afterwards. What is opened
 * so can be opened again later, when root has been given up for good.
 */
export function asUser<Result>(user: User, work: () => Result): Result {
  const { geteuid, getegid, getgroups, setgroups, setegid, seteuid } = process
  if (!geteuid || !getegid || !getgroups || !setgroups || !setegid || !seteuid)
    throw new PrivilegeError('--user: this system has no users')
  const before = { uid: geteuid(), gid: getegid(), groups: getgroups() }
  try {
    becomeGroups(user)
    setegid(user.gid)
    seteuid(user.uid)
  } catch (error) {
    throw new PrivilegeError(
      `cannot become ${user.name}: ${errorCode(error)}. Only root can, so start it as root, or leave --user out.`,
      { cause: error },
    )
  }
  try {
    return work()
  } finally {
    seteuid(before.uid)
    setegid(before.gid)
    setgroups(before.groups)
  }
}

/** The groups of a user; those of who started the process are gone. */
export function becomeGroups({ name, gid, isKnown }: User): void {
  // Node's types leave it out.
  const { initgroups } = process as { initgroups?: (name: string, gid: number) => void }
  if (isKnown) initgroups?.(name, gid)
  else process.setgroups?.([gid])
}
