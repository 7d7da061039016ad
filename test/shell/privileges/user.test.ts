import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findUser } from '../../../src/shell/privileges/user.ts'

/** Of the first user in `/etc/passwd` who is not root. */
function anybody(): { readonly name: string; readonly uid: number; readonly gid: number } {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = '', , uid, gid] = line.split(':')
    if (Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('only root is a user here')
}

test('a name, and its own group', () => {
  const { name, uid, gid } = anybody()
  expect(findUser(name)).toEqual({ name, uid, gid, isKnown: true })
})

test('a name and a group', () => {
  const { name, uid } = anybody()
  expect(findUser(`${name}:root`)).toEqual({ name, uid, gid: 0, isKnown: true })
  expect(findUser(`${name}:1234`)).toEqual({ name, uid, gid: 1234, isKnown: true })
})

test('numbers, which nobody has to know', () => {
  expect(findUser('4711:1234')).toEqual({ name: '4711', uid: 4711, gid: 1234, isKnown: false })
})

test.each([
  ['no-such-user-1', 'there is no user no-such-user-1 (useradd --system no-such-user-1 makes one)'],
  ['4711:no-such-group-1', 'there is no group no-such-group-1'],
  ['4711', '--user 4711: a number needs its group as well, as 4711:4711'],
  ['root', '--user is to give up root, and cannot be root'],
  ['0:0', '--user is to give up root, and cannot be root'],
  ['', '--user "": expected NAME or NAME:GROUP'],
  ['a:', '--user "a:": expected NAME or NAME:GROUP'],
  ['a:b:c', '--user "a:b:c": expected NAME or NAME:GROUP'],
])('%j is refused', (text, line) => {
  expect(() => findUser(text)).toThrow(line)
})
