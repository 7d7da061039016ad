import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ElementSocket } from '../../../../src/shell/data-path/kernel/element-socket.ts'
import {
  adding,
  deleting,
  type Element,
  pinholeElements,
  rangeElements,
  renewing,
} from '../../../../src/shell/data-path/kernel/elements.ts'
import { takeOverText } from '../../../../src/shell/data-path/kernel/table-text.ts'
import { duration } from '../../../../src/net/instant.ts'
import { ip } from '../../../../src/net/ip.ts'
import { Nftables } from '../../../../src/shell/native/nftables.ts'
import { ports } from '../../../support/rules.ts'
import { activePinhole, at, pinhole, range, ruleset } from './fixtures.ts'
import { Network, namespacesMissing } from './namespaces.ts'

const reason = namespacesMissing()

describe.skipIf(reason !== undefined)(`elements in a kernel${reason ? ` (${reason})` : ''}`, () => {
  let network: Network
  let nftables: Nftables
  let socket: ElementSocket

  beforeAll(async () => {
    network = new Network()
    await network.within('firewall', () => {
      nftables = Nftables.open()
      socket = ElementSocket.open()
    })
    nftables.run(takeOverText(ruleset(), [ports('20')]))
  })
  afterAll(() => {
    socket.close()
    nftables.close()
    network.remove()
  })

  /** Sets with their elements, as libnftables reads them. */
  function listing(): string[] {
    const text = nftables.run('list table inet portcullis')
    const found = text.matchAll(/(?:set|map) (\S+) \{[^}]*?elements = \{([^}]*)\}/g)
    return [...found].map(([, set, elements = '']) => {
      const shown = elements
        .replace(/ expires [0-9a-z]+/g, '')
        .replace(/\s+/g, ' ')
        .trim()
      // A hash has no order.
      return `${set} ${shown.split(', ').toSorted().join(', ')}`
    })
  }

  const passive = pinholeElements(pinhole(), at('10.91.1.254:50000'), duration(30_000))

  test('are what libnftables calls by the same names', () => {
    const active = pinholeElements(activePinhole(), at('10.91.2.254:50001'), duration(30_000))
    const six = range({
      peer: ip('fd91:1::1'),
      listen: { address: ip('fd91:1::fe'), ports: ports('60000-60100') },
      dial: ip('fd91:2::1'),
      from: ip('fd91:2::fe'),
      permitted: [ports('60000'), ports('60002-60100')],
      active: { ports: [ports('1024-65535')], from: at('[fd91:1::fe]:20') },
    })
    const all = [...passive, ...active, ...rangeElements(range()), ...rangeElements(six)]
    socket.run(all.flatMap(adding))
    expect(listing()).toMatchInlineSnapshot(`
      [
        "expected4 10.91.1.1 . 10.91.2.1 . 40000 timeout 30s",
        "expected4_20_20 10.91.2.1 . 10.91.1.1 . 41000 timeout 30s",
        "claimed4 10.91.1.1 . 10.91.2.1 . 40000 timeout 31s, 10.91.2.1 . 10.91.1.1 . 41000 timeout 31s",
        "pinholes4 10.91.1.1 . 10.91.1.254 . 50000 timeout 30s : 10.91.2.1 . 40000, 10.91.2.1 . 10.91.2.254 . 50001 timeout 30s : 10.91.1.1 . 41000",
        "sources4 10.91.1.1 . 10.91.2.1 . 40000 timeout 31s : 10.91.2.254",
        "sources_port4 10.91.2.1 . 10.91.1.1 . 41000 timeout 31s : 10.91.1.254 . 20",
        "range_expected4 10.91.1.1 . 10.91.2.1 . 60000-60100 timeout 1m",
        "ranges4 10.91.1.1 . 10.91.1.254 . 60000-60100 timeout 1m : 10.91.2.1",
        "range_sources4 10.91.1.1 . 10.91.2.1 . 60000-60100 timeout 1m : 10.91.2.254",
        "active_expected4 10.91.2.1 . 10.91.1.1 . 1024-65535 timeout 1m",
        "active_sources4 10.91.2.1 . 10.91.1.1 . 1024-65535 timeout 1m : 10.91.1.254 . 20",
        "range_expected6 fd91:1::1 . fd91:2::1 . 60000 timeout 1m, fd91:1::1 . fd91:2::1 . 60002-60100 timeout 1m",
        "ranges6 fd91:1::1 . fd91:1::fe . 60000 timeout 1m : fd91:2::1, fd91:1::1 . fd91:1::fe . 60002-60100 timeout 1m : fd91:2::1",
        "range_sources6 fd91:1::1 . fd91:2::1 . 60000 timeout 1m : fd91:2::fe, fd91:1::1 . fd91:2::1 . 60002-60100 timeout 1m : fd91:2::fe",
        "active_expected6 fd91:2::1 . fd91:1::1 . 1024-65535 timeout 1m",
        "active_sources6 fd91:2::1 . fd91:1::1 . 1024-65535 timeout 1m : fd91:1::fe . 20",
      ]
    `)
    socket.run(all.flatMap(deleting))
    expect(listing()).toEqual([])
  })

  test('can be added and deleted when they are there and when they are not', () => {
    socket.run(passive.flatMap(deleting))
    socket.run(passive.flatMap(adding))
    socket.run(passive.flatMap(adding))
    socket.run(passive.flatMap(renewing))
    expect(listing()).toHaveLength(4)
    socket.run(passive.flatMap(deleting))
    expect(listing()).toEqual([])
  })

  test('a refused transaction has an errno and does nothing', () => {
    const [first] = passive
    if (first === undefined) throw new Error('no element')
    const nowhere: Element = { ...first, set: 'nowhere' }
    const run = (): void => socket.run([...adding(first), ...adding(nowhere), ...adding(first)])
    expect(run).toThrow('nf_tables: ENOENT')
    expect(listing()).toEqual([])
    socket.run(adding(first))
    expect(() =>
      socket.run([{ type: 'delete', element: { ...first, key: '10.0.0.1 . 10.0.0.2 . 3' } }]),
    ).toThrow('ENOENT')
    socket.run(deleting(first))
  })

  test('a map does not lead elsewhere by the way', () => {
    const leading = passive.filter(({ set }) => set === 'pinholes4')
    socket.run(leading.flatMap(adding))
    const elsewhere = leading.map((element) => ({ ...element, value: '10.91.2.2 . 40000' }))
    expect(() => socket.run(elsewhere.flatMap(adding))).toThrow('EEXIST')
    socket.run(leading.flatMap(deleting))
  })

  test('nothing is a transaction too', () => {
    socket.run([])
    expect(listing()).toEqual([])
  })
})
