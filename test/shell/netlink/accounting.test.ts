import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AccountingError, enableAccounting } from '../../../src/shell/netlink/accounting.ts'

describe('the switch', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-accounting-'))
    path = join(folder, 'nf_conntrack_acct')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('that is off is switched on, and off again', () => {
    writeFileSync(path, '0\n')
    const accounting = enableAccounting(path)
    expect(readFileSync(path, 'utf8')).toBe('1')
    accounting.restore()
    expect(readFileSync(path, 'utf8')).toBe('0')
  })

  test('that is on stays on', () => {
    writeFileSync(path, '1\n')
    enableAccounting(path).restore()
    expect(readFileSync(path, 'utf8')).toBe('1\n')
  })

  test('is given back once: what others do with it then is theirs', () => {
    writeFileSync(path, '0\n')
    const accounting = enableAccounting(path)
    accounting.restore()
    writeFileSync(path, '1')
    accounting.restore()
    expect(readFileSync(path, 'utf8')).toBe('1')
  })

  test('that is not there: the kernel cannot do it', () => {
    expect(() => enableAccounting(path)).toThrow(AccountingError)
    expect(() => enableAccounting(path)).toThrow(/no connection tracking: \S+ is not there$/)
  })

  test('that cannot be read or set is told with the reason', () => {
    expect(() => enableAccounting(folder)).toThrow(/^cannot read \S+: EISDIR$/)
    // What may be read may not always be written, not even by root.
    expect(() => enableAccounting('/proc/version')).toThrow(/^cannot set \S+ to 1: E(?:IO|ACCES)$/)
  })
})
