import { expect, test } from 'vitest'
import { AuditProgress } from '../../src/cli/audit-progress.ts'

function progress(isTTY: boolean, total?: number) {
  const clock = { now: 1000 }
  const written: string[] = []
  const terminal = { isTTY, columns: 90, write: (text: string) => written.push(text) }
  return { clock, written, bar: new AuditProgress(terminal, total, () => clock.now) }
}

test('a bar that is there only when it takes a while, and is taken away', () => {
  const { clock, written, bar } = progress(true, 1000)
  bar.update(10, 1)
  expect(written).toEqual([])
  clock.now += 1000
  bar.update(500, 12_345)
  expect(written).toEqual([
    '\r\u001b[2K███████████████░░░░░░░░░░░░░░░  50 % · 12,345 records · 500 B/s · 1 s left',
  ])
  bar.update(600, 12_346)
  expect(written).toHaveLength(1)
  bar.clear()
  bar.clear()
  expect(written.slice(1)).toEqual(['\r\u001b[2K'])
})

test('without a size, what was read', () => {
  const { clock, written, bar } = progress(true)
  clock.now += 1000
  bar.update(5_000_000, 3)
  expect(written).toEqual(['\r\u001b[2K5.00 MB · 3 records · 5.00 MB/s'])
})

test('nothing where there is no terminal', () => {
  const { clock, written, bar } = progress(false, 10)
  clock.now += 5000
  bar.update(5, 3)
  bar.clear()
  expect(written).toEqual([])
})
