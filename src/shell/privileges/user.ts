/** Who the process is to be: `name`, `name:group`, or numbers in their place. */
import { foreign, library } from '../native/libc.ts'
import { PrivilegeError } from './privilege-error.ts'

export interface User {
  /** As it was given. */
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Whether the user's other groups can be looked up. */
  readonly isKnown: boolean
}

const ID_MAX = 0xffff_fffe

/** @throws PrivilegeError when there is no such user or group, or it is root. */
export function findUser(text: string): User {
  const [name = '', group, ...rest] = text.split(':')
  if (name === '' || group === '' || rest.length > 0)
    throw new PrivilegeError(`--user "${text}": expected NAME or NAME:GROUP`)
  const number = parseId(name)
  const known = number === undefined ? lookUpUser(name) : undefined
  const uid = number ?? known?.uid
  if (uid === undefined)
    throw new PrivilegeError(`there is no user ${name} (useradd --system ${name} makes one)`)
  if (uid === 0) throw new PrivilegeError('--user is to give up root, and cannot be root')
  const gid = group === undefined ? known?.gid : (parseId(group) ?? lookUpGroup(group))
  if (gid === undefined)
    throw new PrivilegeError(
      group === undefined
        ? `--user ${name}: a number needs its group as well, as ${name}:${name}`
        : `there is no group ${group}`,
    )
  return { name, uid, gid, isKnown: known !== undefined }
}

function parseId(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= ID_MAX ? Number(text) : undefined
}

/** By way of the C library, which also knows users of a directory service. */
function lookUpUser(name: string): { readonly uid: number; readonly gid: number } | undefined {
  const koffi = foreign()
  const type = koffi.struct({
    name: 'char *',
    password: 'char *',
    uid: 'uint32_t',
    gid: 'uint32_t',
  })
  const found: unknown = library('libc.so.6').func('getpwnam', koffi.pointer(type), ['str'])(name)
  if (found === null) return undefined
  const { uid, gid } = koffi.decode(found, type) as { uid: number; gid: number }
  return { uid, gid }
}

function lookUpGroup(name: string): number | undefined {
  const koffi = foreign()
  const type = koffi.struct({ name: 'char *', password: 'char *', gid: 'uint32_t' })
  const found: unknown = library('libc.so.6').func('getgrnam', koffi.pointer(type), ['str'])(name)
  return found === null ? undefined : (koffi.decode(found, type) as { gid: number }).gid
}
