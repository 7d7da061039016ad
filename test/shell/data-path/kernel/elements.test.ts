import { describe, expect, test } from 'vitest'
import type { Pinhole } from '../../../../src/engine/nat/pinhole.ts'
import { endpoint } from '../../../../src/net/endpoint.ts'
import { duration } from '../../../../src/net/instant.ts'
import { ip } from '../../../../src/net/ip.ts'
import { port } from '../../../../src/net/port.ts'
import {
  adding,
  cutElements,
  deleting,
  type Element,
  flowKey,
  pinholeElements,
  rangeElements,
  renewing,
} from '../../../../src/shell/data-path/kernel/elements.ts'
import { ports } from '../../../support/rules.ts'
import { activePinhole, at, pinhole, range } from './fixtures.ts'

/** As nft would write them. */
function shown({ set, key, value, timeoutSeconds }: Element): string {
  const leads = value === undefined ? '' : ` : ${value}`
  return `${set} { ${key} timeout ${timeoutSeconds}s${leads} }`
}

function text(wish: Pinhole): string[] {
  const listen = endpoint(wish.listen.address, wish.listen.port ?? wish.dial.port)
  return pinholeElements(wish, listen, duration(30_000)).map(shown)
}

describe('elements of a pinhole', () => {
  test('passive: led to the server, shown as the firewall', () => {
    expect(text(pinhole())).toEqual([
      'expected4 { 10.91.1.1 . 10.91.2.1 . 40000 timeout 30s }',
      'claimed4 { 10.91.1.1 . 10.91.2.1 . 40000 timeout 31s }',
      'pinholes4 { 10.91.1.1 . 10.91.1.254 . 50000 timeout 30s : 10.91.2.1 . 40000 }',
      'sources4 { 10.91.1.1 . 10.91.2.1 . 40000 timeout 31s : 10.91.2.254 }',
    ])
  })

  test('active: from port 20, shown as port 20 of the firewall', () => {
    expect(text(activePinhole())).toEqual([
      'expected4_20_20 { 10.91.2.1 . 10.91.1.1 . 41000 timeout 30s }',
      'claimed4 { 10.91.2.1 . 10.91.1.1 . 41000 timeout 31s }',
      'pinholes4 { 10.91.2.1 . 10.91.2.254 . 50001 timeout 30s : 10.91.1.1 . 41000 }',
      'sources_port4 { 10.91.2.1 . 10.91.1.1 . 41000 timeout 31s : 10.91.1.254 . 20 }',
    ])
  })

  test('an active pinhole without a port to show gets any', () => {
    const wish = activePinhole({ from: { address: ip('10.91.1.254'), port: undefined } })
    expect(text(wish).at(-1)).toContain('sources4 {')
  })

  test('one element for each piece of the source ports', () => {
    const fromPorts = [ports('1-19'), ports('21-65535')]
    expect(text(pinhole({ fromPorts })).slice(0, 2)).toEqual([
      'expected4_1_19 { 10.91.1.1 . 10.91.2.1 . 40000 timeout 30s }',
      'expected4_21_65535 { 10.91.1.1 . 10.91.2.1 . 40000 timeout 30s }',
    ])
  })

  test('nothing where no source port is permitted', () => {
    expect(text(pinhole({ fromPorts: [] }))).toEqual([])
    expect(text(activePinhole({ fromPorts: [] }))).toEqual([])
  })

  test('where nothing differs nothing is translated', () => {
    const dial = at('[2001:db8::1]:40000')
    const peer = ip('2001:db8:1::1')
    const wish = pinhole({ peer, listen: dial, dial, from: { address: peer, port: undefined } })
    expect(text(wish)).toEqual([
      'expected6 { 2001:db8:1::1 . 2001:db8::1 . 40000 timeout 30s }',
      'claimed6 { 2001:db8:1::1 . 2001:db8::1 . 40000 timeout 31s }',
    ])
  })

  test('the client may be shown as it is although it is led elsewhere', () => {
    const wish = pinhole({ from: { address: ip('10.91.1.1'), port: undefined } })
    expect(text(wish)).toHaveLength(3)
  })
})

describe('elements of a range', () => {
  test('both directions', () => {
    expect(rangeElements(range()).map(({ set, key, value }) => `${set} ${key} ${value}`)).toEqual([
      'range_expected4 10.91.1.1 . 10.91.2.1 . 60000-60100 undefined',
      'ranges4 10.91.1.1 . 10.91.1.254 . 60000-60100 10.91.2.1',
      'range_sources4 10.91.1.1 . 10.91.2.1 . 60000-60100 10.91.2.254',
      'active_expected4 10.91.2.1 . 10.91.1.1 . 1024-65535 undefined',
      'active_sources4 10.91.2.1 . 10.91.1.1 . 1024-65535 10.91.1.254 . 20',
    ])
  })

  test('untranslated', () => {
    const wish = range({
      listen: { address: ip('10.91.2.1'), ports: ports('60000-60100') },
      from: ip('10.91.1.1'),
      permitted: [ports('60000'), ports('60002-60100')],
      active: { ports: [ports('41000')], from: at('10.91.2.1:20') },
    })
    expect(rangeElements(wish).map(({ set, key }) => `${set} ${key}`)).toEqual([
      'range_expected4 10.91.1.1 . 10.91.2.1 . 60000',
      'range_expected4 10.91.1.1 . 10.91.2.1 . 60002-60100',
      'active_expected4 10.91.2.1 . 10.91.1.1 . 41000',
    ])
  })

  test('no active mode', () => {
    expect(rangeElements(range({ active: undefined }))).toHaveLength(3)
  })
})

describe('commands', () => {
  const element = { set: 's', key: 'k', value: 'v', timeoutSeconds: 3, isInterval: false }

  test('what is deleted is there, for it was added', () => {
    expect(deleting(element).map(({ type }) => type)).toEqual(['add-anyhow', 'delete'])
  })

  test('renew', () => {
    expect(renewing(element)).toEqual([...deleting(element), ...adding(element)])
  })

  test('the keys of ranges are intervals, those of pinholes are not', () => {
    expect(rangeElements(range()).every(({ isInterval }) => isInterval)).toBe(true)
    const elements = pinholeElements(pinhole(), at('10.91.1.254:50000'), duration(1))
    expect(elements.some(({ isInterval }) => isInterval)).toBe(false)
  })

  test('cut both directions', () => {
    expect(cutElements(at('10.0.0.1:1'), at('10.0.0.2:2')).map(({ key }) => key)).toEqual([
      '10.0.0.1 . 1 . 10.0.0.2 . 2',
      '10.0.0.2 . 2 . 10.0.0.1 . 1',
    ])
  })

  test('keys', () => {
    expect(flowKey(ip('::1'), ip('::2'), port(3))).toBe('::1 . ::2 . 3')
  })
})
