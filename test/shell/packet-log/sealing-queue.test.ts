import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GENESIS, verifyChain } from '../../../src/record/hash-chain.ts'
import { SealingQueue } from '../../../src/shell/packet-log/sealing-queue.ts'

const body = (seq: number): string => JSON.stringify({ seq, type: 'log.stop' })

function queueOf(count: number): SealingQueue {
  const queue = new SealingQueue()
  queue.continueAt(GENESIS, true)
  for (let seq = 1; seq <= count; seq++) queue.push(body(seq))
  return queue
}

const lines = (text: string): string[] => text.replace(/\n$/, '').split('\n')

describe('SealingQueue', () => {
  test('hands out whole lines up to the size asked for', () => {
    const queue = queueOf(5)
    expect(lines(queue.next(1).toString())).toHaveLength(1)
    queue.written(queue.next(1).length)
    const chunk = queue.next(300).toString()
    expect(chunk.length).toBeLessThanOrEqual(300)
    expect(lines(chunk)).toHaveLength(2)
    expect(chunk.endsWith('}\n')).toBe(true)
  })

  test('counts bytes and records as they are written', () => {
    const queue = queueOf(3)
    const expected = queue.bytes
    queue.next(1_000_000)
    expect(queue.bytes).toBe(queue.next(1).length)
    expect(queue.bytes - expected).toBe(`,"previous":"${GENESIS}"`.length)
    queue.written(1)
    expect(queue.records).toBe(3)
    queue.written(queue.next(1).length)
    expect([queue.bytes, queue.records, queue.partialBytes]).toEqual([0, 0, 0])
  })

  test('any sequence of partial writes, rewinds and new files keeps the chain and every record', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('write' as const), share: fc.nat(100) }),
      fc.record({ type: fc.constantFrom('push' as const, 'rewind' as const, 'rotate' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 600 }), (steps, bytesMax) => {
        const queue = queueOf(3)
        const files = ['']
        let pushed = 3
        const write = (count: number): void => {
          files.push((files.pop() ?? '') + queue.next(bytesMax).subarray(0, count).toString())
          queue.written(count)
        }
        const takeBack = (): void => {
          const file = files.pop() ?? ''
          files.push(file.slice(0, file.length - queue.partialBytes))
        }
        for (const action of steps) {
          if (action.type === 'write')
            write(Math.floor((queue.next(bytesMax).length * action.share) / 100))
          else if (action.type === 'push') queue.push(body(++pushed))
          else {
            takeBack()
            if (action.type === 'rewind') queue.rewind()
            else {
              queue.continueAt(queue.head, true)
              files.push('')
            }
          }
        }
        while (queue.records > 0) write(queue.next(bytesMax).length)
        expect(queue.bytes).toBe(0)
        const report = verifyChain(files.flatMap((file) => (file === '' ? [] : lines(file))))
        expect(report).toMatchObject({ records: pushed, firstBreak: undefined, foreignLines: [] })
        expect(report.head).toBe(queue.head)
        for (const file of files.filter((text) => text !== ''))
          expect(verifyChain(lines(file)).firstBreak).toBeUndefined()
      }),
    )
  })

  test('is empty without records', () => {
    expect(queueOf(0).next(100)).toEqual(Buffer.alloc(0))
  })
})
