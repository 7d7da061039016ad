import type { Socket } from 'node:net'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { DescriptorWatch } from '../../src/shell/descriptor-watch.ts'
import { descriptorOf } from '../../src/shell/native/sockets.ts'
import { socketPair } from '../support/sockets.ts'

interface Watched {
  readonly watch: DescriptorWatch
  readonly said: () => readonly unknown[]
}

function start(readLimit: () => number | undefined): Watched {
  const lines: string[] = []
  const watch = new DescriptorWatch(pino({}, { write: (line) => lines.push(line) }), readLimit)
  onTestFinished(() => watch.stop())
  return { watch, said: () => lines.map((line) => JSON.parse(line).msg) }
}

async function socket(): Promise<Socket & { readonly descriptor: number }> {
  const { accepted, dialed } = await socketPair()
  onTestFinished(() => {
    accepted.destroy()
    dialed.destroy()
  })
  return Object.assign(accepted, { descriptor: descriptorOf(accepted) ?? -1 })
}

test('R2 a descriptor of the reserve’s last half is one too many, which is told once', async () => {
  const one = await socket()
  // A limit of which this descriptor is the first that is not for sessions: 7/8 of it are below.
  const limit = Math.ceil((one.descriptor * 8) / 7)
  const { watch, said } = start(() => limit)
  expect(watch.isShort(one)).toBe(true)
  expect(watch.isShort(one)).toBe(true)
  expect(said()).toEqual(['descriptors run short: new clients are refused'])
  watch.look()
  watch.look()
  expect(said().slice(1)).toEqual(['descriptors are free again'])
})

test('the limit may be changed while it runs, or be unknown', async () => {
  const one = await socket()
  let limit: number | undefined = one.descriptor + 1
  const { watch } = start(() => limit)
  expect(watch.isShort(one)).toBe(true)
  limit = one.descriptor * 2 + 100
  watch.look()
  expect(watch.isShort(one)).toBe(false)
  limit = undefined
  watch.look()
  expect(watch.isShort(one)).toBe(false)
})

test('R2 none left at all is told, once, and so is that there are some again', () => {
  let isExhausted = true
  const { watch, said } = start(() => {
    if (isExhausted) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
    return 1_000
  })
  watch.look()
  isExhausted = false
  watch.look()
  watch.look()
  expect(said()).toEqual([
    'no descriptor is left (EMFILE): clients are cut off without a word or a record',
    'descriptors are free again',
  ])
})

test('a socket that is closed already is no reason', async () => {
  const one = await socket()
  one.destroy()
  const { watch, said } = start(() => 1)
  expect(watch.isShort(one)).toBe(false)
  expect(said()).toEqual([])
})
