import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Copy, type CopyRole } from '../../../src/shell/data-path/copy.ts'
import { adoptLeg, hasLostPeer } from '../../../src/shell/data-path/leg.ts'
import { connected, listen, peer, soon, text } from './lab.ts'

const BUFFER_BYTES = 4096
const open: Socket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

/** A held socket and the peer that connected to it. */
async function pair(): Promise<{ held: Socket; other: Socket }> {
  const listener = await listen()
  const other = await connected(listener.endpoint)
  const held = await listener.accepted()
  await listener.close()
  open.push(other, held)
  return { held, other }
}

/** A copy from what `from` sends to what `to` receives, not running yet. */
async function copying(role: CopyRole = 'file'): Promise<{
  copy: Copy
  from: Socket
  to: Socket
  source: Socket
  sink: Socket
  seen: { moved: number; errors: string[] }
}> {
  const [left, right] = [await pair(), await pair()]
  const seen = { moved: 0, errors: [] as string[] }
  const copy = new Copy(Buffer.alloc(BUFFER_BYTES), role, () => (seen.moved += 1))
  const source = adoptLeg(left.held, copy.onread)
  source.on('error', (error: NodeJS.ErrnoException) => seen.errors.push(error.code ?? ''))
  open.push(source)
  return { copy, from: left.other, to: right.other, source, sink: right.held, seen }
}

test('bytes and then the FIN go from the source to the sink', async () => {
  const { copy, from, to, source, sink, seen } = await copying()
  const reader = peer(to)
  copy.run(source, sink)
  from.write('first ')
  await soon(() => text(reader) === 'first ')
  expect(copy.hasEnded).toBe(false)
  from.end('and last')
  await soon(() => reader.fate() === 'end')
  expect(text(reader)).toBe('first and last')
  expect(copy.deliveredBytes).toBe(14)
  expect(copy.hasEnded).toBe(true)
  expect(seen.moved).toBeGreaterThan(1)
})

test('the buffer is not read into while a write of it is pending', async () => {
  const { copy, from, to, source, sink } = await copying()
  const bytes = Buffer.alloc(16 * 1024 * 1024, 'the quick brown fox jumps over the lazy dog ')
  copy.run(source, sink)
  from.end(bytes)
  // Nobody reads yet: kernel buffers fill up, then a write stays pending.
  await soon(() => sink.writableLength > 0)
  const reader = peer(to)
  await soon(() => reader.fate() === 'end')
  expect(Buffer.concat(reader.received).equals(bytes)).toBe(true)
})

test('R7 a sink that is not read holds no more than one buffer', async () => {
  const { copy, from, source, sink } = await copying()
  copy.run(source, sink)
  let highest = 0
  const watch = setInterval(() => (highest = Math.max(highest, sink.writableLength)), 1)
  from.write(Buffer.alloc(64 * 1024 * 1024))
  await soon(() => sink.writableLength > 0)
  const delivered = copy.deliveredBytes
  await new Promise((resolve) => setTimeout(resolve, 100))
  clearInterval(watch)
  expect(copy.deliveredBytes).toBe(delivered)
  expect(highest).toBeGreaterThan(0)
  expect(highest).toBeLessThanOrEqual(BUFFER_BYTES)
})

test('a RST is not taken for the end, though it comes together with bytes', async () => {
  const { copy, from, source, sink, seen } = await copying()
  from.write('half a file')
  await soon(() => from.writableLength === 0)
  from.resetAndDestroy()
  copy.run(source, sink)
  await soon(() => seen.errors.length > 0)
  expect(copy.hasEnded).toBe(false)
  expect(sink.writableEnded).toBe(false)
})

test('a RST is not taken for the end after we have sent a FIN ourselves', async () => {
  const { copy, from, source, sink, seen } = await copying()
  from.resume()
  source.end()
  await soon(() => from.readableEnded)
  from.write('half a file')
  await soon(() => from.writableLength === 0)
  from.resetAndDestroy()
  copy.run(source, sink)
  await soon(() => seen.errors.length > 0)
  expect(seen.errors).toEqual(['ECONNRESET'])
  expect(copy.hasEnded).toBe(false)
})

test('a FIN after our own is the end', async () => {
  const { copy, from, to, source, sink, seen } = await copying()
  const reader = peer(to)
  from.resume()
  source.end()
  await soon(() => from.readableEnded)
  from.end('a whole file')
  await soon(() => from.writableFinished)
  copy.run(source, sink)
  await soon(() => reader.fate() === 'end')
  expect(text(reader)).toBe('a whole file')
  expect(seen.errors).toEqual([])
})

test('a FIN is the end though a RST came after it', async () => {
  const { copy, from, to, source, sink, seen } = await copying()
  const reader = peer(to)
  from.end('a whole file')
  await soon(() => from.writableFinished)
  from.destroy()
  // Nobody reads it any more: it is answered with a RST.
  source.write('too late')
  await soon(() => hasLostPeer(source))
  copy.run(source, sink)
  await soon(() => reader.fate() === 'end')
  expect(text(reader)).toBe('a whole file')
  expect(seen.errors).toEqual([])
})

test.each(['file', 'reverse'] as const)('a %s whose sink has left', async (role) => {
  const { copy, from, to, source, sink } = await copying(role)
  const failures: Error[] = []
  sink.on('error', (failure) => failures.push(failure))
  to.resetAndDestroy()
  await soon(() => hasLostPeer(sink))
  copy.run(source, sink)
  from.end('for nobody')
  await soon(() => (role === 'file' ? failures.length > 0 : copy.hasEnded))
  // What goes back is dropped, and the sink can still be read.
  expect(failures.length).toBe(role === 'file' ? 1 : 0)
  expect(copy.deliveredBytes).toBe(0)
})

test('bytes written to a sink that is gone are not delivered', async () => {
  const { copy, from, source, sink } = await copying()
  sink.destroy()
  copy.run(source, sink)
  from.write('lost')
  await soon(() => source.bytesRead === 4)
  expect(copy.deliveredBytes).toBe(0)
})

test('what is discarded is read to the end and not counted', async () => {
  const { copy, from, source, sink, seen } = await copying()
  copy.run(source, sink)
  const bytes = Buffer.alloc(16 * 1024 * 1024)
  from.end(bytes)
  await soon(() => sink.writableLength > 0)
  sink.destroy()
  const delivered = copy.deliveredBytes
  copy.discard()
  await soon(() => copy.hasEnded)
  expect(source.bytesRead).toBe(bytes.length)
  expect(copy.deliveredBytes).toBe(delivered)
  expect(seen.errors).toEqual([])
})
