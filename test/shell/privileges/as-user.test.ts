import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { asUser, becomeGroups } from '../../../src/shell/privileges/as-user.ts'

const isRoot = process.getuid?.() === 0
const STRANGER = { name: '4711', uid: 4711, gid: 1234, isKnown: false }

test('what is opened belongs to the user, and root is root again afterwards', () => {
  if (!isRoot) {
    expect(() => asUser(STRANGER, () => undefined)).toThrow(/cannot become 4711: EPERM. Only root/)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-user-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  execFileSync('chmod', ['777', folder])
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'x', { mode: 0o600 })
  const groups = process.getgroups?.()
  const path = join(folder, 'log')
  asUser(STRANGER, () => {
    writeFileSync(path, 'x')
    expect(() => readFileSync(secret)).toThrow('EACCES')
  })
  expect(statSync(path)).toMatchObject({ uid: 4711, gid: 1234 })
  expect(readFileSync(secret, 'utf8')).toBe('x')
  expect(process.geteuid?.()).toBe(0)
  expect(process.getegid?.()).toBe(0)
  expect(process.getgroups?.()).toEqual(groups)
})

test('root is root again when it fails', ({ skip }) => {
  skip(!isRoot, 'only root can become somebody else')
  const fail = (): never => {
    throw new Error('no')
  }
  expect(() => asUser(STRANGER, fail)).toThrow('no')
  expect(process.geteuid?.()).toBe(0)
})

test('a user nobody knows has one group', ({ skip }) => {
  skip(!isRoot, 'only root can change its groups')
  const before = process.getgroups?.() ?? []
  onTestFinished(() => process.setgroups?.(before))
  becomeGroups(STRANGER)
  expect(process.getgroups?.()).toContain(1234)
})
