import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import {
  asEnvironmentError,
  EnvironmentError,
  explainDescriptors,
  explainListen,
  explainLookup,
} from '../../src/cli/environment-error.ts'
import { KernelDataPathError } from '../../src/shell/data-path/kernel/kernel-data-path-error.ts'
import { InterceptionError } from '../../src/shell/intercept/interception-error.ts'
import { PrivilegeError } from '../../src/shell/privileges/privilege-error.ts'

test('a port in use, as Node reports it', async () => {
  const first = await listen(0)
  const bound = first.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0
  const refusal = await listen(port).catch((error: unknown) => error)
  expect(explainListen(refusal)).toBe(
    `cannot listen on 127.0.0.1:${port}: the port is in use. Stop the program that holds it ` +
      `(ss -ltnp sport = :${port} names it), or listen on another port.`,
  )
  first.close()
})

test.each([
  [
    listenError('EACCES', '0.0.0.0'),
    'cannot listen on 0.0.0.0:21: permission denied. Run as root, or give Node the capability ' +
      '(setcap cap_net_bind_service=+ep $(readlink -f $(which node))), or listen on a port above 1023.',
  ],
  [
    listenError('EADDRNOTAVAIL', '2001:db8::1'),
    'cannot listen on [2001:db8::1]:21: not an address of this host ' +
      '(ip address lists them; 0.0.0.0 is all of them).',
  ],
  [
    listenError('EAFNOSUPPORT', '::'),
    'cannot listen on [::]:21: this host has no IPv6. Listen on an IPv4 address.',
  ],
  [listenError('EWHATEVER', '127.0.0.1'), 'cannot listen on 127.0.0.1:21: listen EWHATEVER'],
])('%s', (error, line) => {
  expect(explainListen(error)).toBe(line)
})

test('what is no refusal to listen is not explained', () => {
  expect(explainListen(new TypeError('x is not a function'))).toBeUndefined()
  expect(explainListen(Object.assign(new Error(), { syscall: 'read' }))).toBeUndefined()
  expect(explainListen('EACCES')).toBeUndefined()
})

test.each([
  ['ENOTFOUND', 'no such name. Check the spelling, or give its address.'],
  ['EAI_AGAIN', 'the name server does not answer. Give its address, or try again later.'],
  ['EAI_FAIL', 'getaddrinfo EAI_FAIL'],
])('a name that is not found: %s', (code, rest) => {
  const error = Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: 'getaddrinfo' })
  expect(explainLookup('ftp.example', error)).toBe(`cannot find the server ftp.example: ${rest}`)
})

function listenError(code: string, address: string): Error {
  const system = { syscall: 'listen', code, address, port: 21 }
  return Object.assign(new Error(`listen ${code}`), system)
}

function listen(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, () => resolve(server))
  })
}

test.each([
  new InterceptionError('interception is not to be had'),
  new KernelDataPathError('is not to be had'),
  new PrivilegeError('root is not to be given up'),
])('%s keeps its line', (error) => {
  const line = asEnvironmentError(error)
  expect(line).toBeInstanceOf(EnvironmentError)
  expect(line).toMatchObject({ message: error.message, cause: error })
})

test('a mistake of ours stays one', () => {
  const error = new TypeError('x is not a function')
  expect(asEnvironmentError(error)).toBe(error)
  expect(asEnvironmentError('x')).toBe('x')
})

test('R2 descriptors that ran out are no mistake of ours', () => {
  const error = Object.assign(new Error('too many open files'), { code: 'EMFILE' })
  expect(explainDescriptors(error)).toMatch(/^the limit of open files is too low: ulimit -n/)
  expect(explainDescriptors(new Error('another'))).toBeUndefined()
})
