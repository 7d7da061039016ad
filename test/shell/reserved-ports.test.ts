import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatPortRange, joinRanges, type PortRange } from '../../src/net/port.ts'
import {
  formatPortList,
  parsePortList,
  readReservedPorts,
  ReservedPorts,
  ReservedPortsError,
} from '../../src/shell/reserved-ports.ts'
import { ports } from '../support/rules.ts'
import { inFreshNamespace } from './netlink/namespace.ts'

const LIST = '/proc/sys/net/ipv4/ip_local_reserved_ports'

describe("the kernel's list", () => {
  test.each([
    ['\n', '\n'],
    ['', '\n'],
    ['8080\n', '8080\n'],
    ['8080,9000-9099\n', '8080,9000-9099\n'],
    ['9000-9099,8080,9050-9200', '8080,9000-9200\n'],
    ['8080,8081', '8080-8081\n'],
    ['0\n', '0\n'],
    ['0-5,7', '0,1-5,7\n'],
    ['1-65535', '1-65535\n'],
  ])('%j is read and written', (text, written) => {
    const list = parsePortList(text)
    expect(list && formatPortList(list)).toBe(written)
  })

  test.each(['x', '8080;', '1-', '-1', '5-4', '65536', '1-65536', '8080, 9000', '0-0-0'])(
    '%j is none',
    (text) => {
      expect(parsePortList(text)).toBeUndefined()
    },
  )
})

describe('reserving', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-reserved-'))
    path = join(folder, 'ip_local_reserved_ports')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const list = (): string => readFileSync(path, 'utf8')

  test.each([
    // before, reserved, meanwhile, afterwards
    ['', '50000-50099', '50000-50099', ''],
    ['8080', '50000-50099', '8080,50000-50099', '8080'],
    ['50000-50099', '50000-50099', '50000-50099', '50000-50099'],
    ['50010-50019', '50000-50099', '50000-50099', '50010-50019'],
    ['50090-50200', '50000-50099', '50000-50200', '50090-50200'],
    ['49990-50009', '50000-50099', '49990-50099', '49990-50009'],
    ['49999,50100', '50000-50099', '49999-50100', '49999,50100'],
    ['0', '50000', '0,50000', '0'],
  ])('with %j there before: %s', (before, wanted, meanwhile, afterwards) => {
    writeFileSync(path, `${before}\n`)
    const reserved = ReservedPorts.reserve([ports(wanted)], path)
    expect(list()).toBe(`${meanwhile}\n`)
    reserved.release()
    expect(list()).toBe(`${afterwards}\n`)
  })

  test('what somebody adds in the meantime stays', () => {
    writeFileSync(path, '\n')
    const reserved = ReservedPorts.reserve([ports('50000-50099')], path)
    writeFileSync(path, '8080,50000-50120\n')
    reserved.release()
    expect(list()).toBe('8080,50100-50120\n')
  })

  test('released twice, it takes nothing from whoever came after', () => {
    writeFileSync(path, '\n')
    const reserved = ReservedPorts.reserve([ports('50000-50099')], path)
    reserved.release()
    writeFileSync(path, '50000-50099\n')
    reserved.release()
    expect(list()).toBe('50000-50099\n')
  })

  test('another range takes the place of the one before', () => {
    writeFileSync(path, '8080\n')
    const reserved = ReservedPorts.reserve([ports('50000-50099')], path)
    reserved.update([ports('50050-50149'), ports('60000')])
    expect(list()).toBe('8080,50050-50149,60000\n')
    reserved.update([ports('8080')])
    expect(list()).toBe('8080\n')
    reserved.release()
    expect(list()).toBe('8080\n')
  })

  test('whatever was there and whatever is reserved, both are there, and then what was', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 50 }))
      .map(([first, more]) => ports(`${first}-${first + more}`))
    const ranges = fc.array(range, { maxLength: 6 })
    fc.assert(
      fc.property(ranges, ranges, ranges, (before, wanted, later) => {
        const text = formatPortList({ hasZero: false, ranges: joinRanges(before) })
        writeFileSync(path, text)
        const reserved = ReservedPorts.reserve(wanted, path)
        expect(list()).toBe(both(before, wanted))
        reserved.update(later)
        expect(list()).toBe(both(before, later))
        reserved.release()
        expect(list()).toBe(text)
      }),
    )
  })

  test('a list that cannot be read is told, with what to do', () => {
    const reserve = (): unknown => ReservedPorts.reserve([ports('50000')], path)
    expect(reserve).toThrow(ReservedPortsError)
    expect(reserve).toThrow(/ is not there: this is Linux only\. Set reserve-ports: false\.$/)
    writeFileSync(path, 'nonsense')
    expect(reserve).toThrow(/ does not hold a list of ports$/)
    expect(() => ReservedPorts.reserve([ports('50000')], folder)).toThrow(/cannot read .*: EISDIR$/)
  })

  test('for showing them, a list that cannot be read is empty', () => {
    expect(readReservedPorts(path)).toEqual([])
    writeFileSync(path, '8080\n')
    expect(readReservedPorts(path)).toEqual([ports('8080')])
  })
})

describe('in the kernel', () => {
  inFreshNamespace('')

  test('the ranges are reserved, and what was there before is kept', () => {
    writeFileSync(LIST, '8080,50090-50120\n')
    const reserved = ReservedPorts.reserve([ports('50000-50099'), ports('60000-60009')])
    expect(readFileSync(LIST, 'utf8')).toBe('8080,50000-50120,60000-60009\n')
    expect(readReservedPorts().map(formatPortRange)).toContain('50000-50120')
    reserved.release()
    expect(readFileSync(LIST, 'utf8')).toBe('8080,50090-50120\n')
  })

  test('an empty list is empty again', () => {
    writeFileSync(LIST, '\n')
    ReservedPorts.reserve([ports('50000-50099')]).release()
    expect(readFileSync(LIST, 'utf8')).toBe('\n')
  })
})

function both(some: readonly PortRange[], others: readonly PortRange[]): string {
  return formatPortList({ hasZero: false, ranges: joinRanges([...some, ...others]) })
}
