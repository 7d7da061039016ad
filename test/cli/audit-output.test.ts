import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { AuditOutput, ProblemReport } from '../../src/cli/audit-output.ts'

class Reader extends Writable {
  readonly received: Buffer[] = []
  #release: (() => void) | undefined

  constructor() {
    super({ highWaterMark: 4 })
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received.push(chunk)
    this.#release = done
  }

  take(): void {
    this.#release?.()
  }
}

describe('AuditOutput', () => {
  test('waits for a slow reader', async () => {
    const reader = new Reader()
    const output = new AuditOutput(reader)
    output.write('abc')
    output.write('dé')
    let isThrough = false
    const flushing = output.flush().then((isReading) => {
      isThrough = true
      return isReading
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isThrough).toBe(false)
    reader.take()
    expect(await flushing).toBe(true)
    expect(Buffer.concat(reader.received).toString()).toBe('abcdé')
  })

  test('raw text is written byte for byte', async () => {
    const reader = new Reader()
    const output = new AuditOutput(reader, 'latin1')
    output.write('\xff')
    await output.flush()
    expect(Buffer.concat(reader.received)).toEqual(Buffer.from([0xff]))
  })

  test('says when nobody reads any more, also while it waits', async () => {
    const reader = new Reader()
    const output = new AuditOutput(reader)
    output.write('more than it takes')
    const flushing = output.flush()
    reader.destroy()
    expect(await flushing).toBe(false)
    expect(await output.flush()).toBe(false)
  })
})

test('ProblemReport names the first and counts all', () => {
  const told: string[] = []
  const report = new ProblemReport((text) => told.push(text))
  for (let index = 1; index <= 25; index++) report.add(`log:${index}: bad`)
  report.end()
  expect(told).toHaveLength(21)
  expect(told[0]).toBe('portcullis: log:1: bad')
  expect(told.at(-1)).toBe('portcullis: and 5 more, 25 in all')
})
