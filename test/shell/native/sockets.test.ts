import { closeSync, fstatSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import {
  closeDescriptor,
  descriptorOf,
  openTransparentListener,
  openTransparentSocket,
  originalDestination,
} from '../../../src/shell/native/sockets.ts'
import { localEnd } from '../../../src/shell/socket-end.ts'
import { socketPair } from '../../support/sockets.ts'

const isRoot = process.getuid?.() === 0
const NOT_ROOT = 'only root may have a transparent socket'

test('a socket has a descriptor until it is closed', async () => {
  const { accepted, dialed } = await socketPair()
  onTestFinished(() => void dialed.destroy())
  const fd = descriptorOf(accepted)
  expect(fd !== undefined && fstatSync(fd).isSocket()).toBe(true)
  accepted.destroy()
  expect(descriptorOf(accepted)).toBeUndefined()
})

test('a connection that nobody redirected went nowhere else', async () => {
  const { accepted, dialed } = await socketPair()
  onTestFinished(() => void dialed.destroy())
  const local = localEnd(accepted)
  if (local === undefined) throw new Error('not connected')
  const original = originalDestination(accepted, local)
  expect(original === undefined || original.port === local.port).toBe(true)
  accepted.destroy()
  expect(originalDestination(accepted, local)).toBeUndefined()
})

test.each(['192.0.2.7', '2001:db8::7'])(
  'somebody else’s address %s can be listened on',
  (address) => {
    if (!isRoot) return expect(() => openTransparentListener(any(address))).toThrow('EPERM')
    const fd = openTransparentListener(any(address))
    expect(fstatSync(fd).isSocket()).toBe(true)
    closeSync(fd)
  },
)

test.each(['192.0.2.7', '2001:db8::7'])('and connected from: %s', (address) => {
  const open = (): number => openTransparentSocket(ip(address), port(21))
  if (!isRoot) return expect(open).toThrow('setsockopt(IP')
  const fd = open()
  expect(fstatSync(fd).isSocket()).toBe(true)
  closeDescriptor(fd)
  expect(() => fstatSync(fd)).toThrow('EBADF')
})

test('an address in use is told by its name', ({ skip }) => {
  skip(!isRoot, NOT_ROOT)
  const fd = openTransparentListener(any('192.0.2.7'))
  onTestFinished(() => closeSync(fd))
  expect(() => openTransparentListener(any('192.0.2.7'))).toThrow(/^(?:bind|listen): EADDRINUSE$/)
})

function any(address: string): ReturnType<typeof endpoint> {
  return endpoint(ip(address), port(54_321))
}
