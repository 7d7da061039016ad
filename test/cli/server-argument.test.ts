import { expect, test } from 'vitest'
import { parseServer, resolveServer } from '../../src/cli/server-argument.ts'
import { port } from '../../src/net/port.ts'
import { EnvironmentError } from '../../src/cli/environment-error.ts'

test.each([
  ['10.0.0.5:2121', '10.0.0.5', 2121],
  ['10.0.0.5', '10.0.0.5', 21],
  ['[2001:db8::5]:2121', '2001:db8::5', 2121],
  ['2001:db8::5', '2001:db8::5', 21],
  ['ftp.example.org:990', 'ftp.example.org', 990],
  ['localhost', 'localhost', 21],
])('%s', (text, host, number) => {
  expect(parseServer(text)).toEqual({ host, port: number })
})

test.each([
  '',
  ':21',
  '10.0.0.5:0',
  '10.0.0.5:65536',
  '10.0.0:21',
  '127.1',
  '0x7f000001:21',
  '010.0.0.5:21',
  '[::1]',
  'ftp.example.org:ftp',
  'ftp://ftp.example.org',
  '-x:21',
  'a..b',
  'a b',
])('"%s" names no server', (text) => {
  expect(parseServer(text)).toBeUndefined()
})

const named = { host: 'ftp.example.org', port: port(2121) }

test('R22 a name is looked up, an address is not', async () => {
  const find = async (): Promise<{ address: string }> => ({ address: '192.0.2.7' })
  expect(await resolveServer(named, find)).toEqual({
    endpoint: { address: '192.0.2.7', port: 2121 },
    wasResolved: true,
  })
  expect(await resolveServer({ host: '::1', port: port(2121) }, find)).toEqual({
    endpoint: { address: '::1', port: 2121 },
    wasResolved: false,
  })
})

test('this host is found without anyone being asked', async () => {
  const found = await resolveServer({ host: 'localhost', port: port(21) })
  expect(found.endpoint.address).toMatch(/^(?:127\.0\.0\.1|::1)$/)
})

test('a name that nobody has is one line', async () => {
  const find = async (): Promise<never> => {
    throw Object.assign(new Error(), { code: 'ENOTFOUND', syscall: 'getaddrinfo' })
  }
  await expect(resolveServer(named, find)).rejects.toThrow(
    new EnvironmentError(
      'cannot find the server ftp.example.org: no such name. ' +
        'Check the spelling, or give its address.',
    ),
  )
})

test('a zone id is not something a rule could name', async () => {
  const find = async (): Promise<{ address: string }> => ({ address: 'fe80::1%eth0' })
  await expect(resolveServer(named, find)).rejects.toThrow('stands for fe80::1%eth0')
})
