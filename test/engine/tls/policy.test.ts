import { describe, expect, test } from 'vitest'
import { tlsPolicyViolation, type TlsPolicy } from '../../../src/engine/tls/policy.ts'
import {
  alpn,
  clientHello,
  clientHello13,
  record,
  serverHello,
  serverHello13,
  type ServerHelloFields,
  serverName,
} from './support/hello-bytes.ts'
import { fromClient, fromServer, observe } from './support/observation.ts'
import type { Said } from './support/recording.ts'

const ANYTHING: TlsPolicy = {
  minVersion: 'SSL 3.0',
  ciphersDeny: [],
  alpn: 'ignore',
  serverNames: [],
}

/** What a policy says of all facts of what was said. */
function violations(said: readonly Said[], policy: Partial<TlsPolicy>): string[] {
  return observe(said).facts.flatMap((fact) => {
    const violation = tlsPolicyViolation(fact, { ...ANYTHING, ...policy })
    return violation === undefined
      ? []
      : [`${violation.side} ${violation.reason} ${violation.detail}`]
  })
}

const client = (...extensions: readonly Uint8Array[]): readonly Said[] =>
  fromClient(record(22, clientHello13(...extensions)))
const server = (fields: ServerHelloFields): readonly Said[] => [
  ...client(),
  ...fromServer(record(22, serverHello(fields))),
]

describe('tlsPolicyViolation', () => {
  test('the lowest version is that of what the client offers and of what the server takes', () => {
    const old = fromClient(record(22, clientHello({ version: 0x0301 })))
    expect(violations(old, { minVersion: 'TLS 1.2' })).toEqual(['client tls.version TLS 1.0'])
    expect(violations(client(), { minVersion: 'TLS 1.3' })).toEqual([])
    expect(violations(server({}), { minVersion: 'TLS 1.3' })).toEqual([
      'server tls.version TLS 1.2',
    ])
    expect(violations(server({}), { minVersion: 'TLS 1.2' })).toEqual([])
    const new13 = [...client(), ...fromServer(record(22, serverHello13()))]
    expect(violations(new13, { minVersion: 'TLS 1.3' })).toEqual([])
  })

  test('a cipher suite is denied when the server chooses it', () => {
    const deny = { ciphersDeny: ['NULL', 'anon', 'RC4'] }
    expect(violations(server({ suite: 0x0005 }), deny)).toEqual([
      'server tls.cipher TLS_RSA_WITH_RC4_128_SHA',
    ])
    expect(violations(server({ suite: 0xc0b4 }), deny)).toEqual([
      'server tls.cipher TLS_SHA256_SHA256',
    ])
    expect(violations(server({ suite: 0xc02f }), deny)).toEqual([])
    const offered = fromClient(record(22, clientHello({ suites: [0x0005, 0xc02f] })))
    expect(violations(offered, deny)).toEqual([])
  })

  test('T24 a browser that was lured here is found out by ALPN', () => {
    const strict = { alpn: 'require-ftp-if-present' } as const
    expect(violations(client(alpn('h2', 'http/1.1')), strict)).toEqual([
      'client tls.alpn h2 http/1.1',
    ])
    expect(violations(client(alpn('ftp-data')), strict)).toHaveLength(1)
    expect(violations(client(alpn('FTP')), strict)).toHaveLength(1)
    expect(violations(client(alpn('h2', 'ftp')), strict)).toEqual([])
    expect(violations(client(alpn('x-filezilla-ftp')), strict)).toEqual([])
    expect(violations(client(), strict)).toEqual([])
    expect(violations(client(alpn('h2')), {})).toEqual([])
    expect(violations(server({ extensions: [alpn('h2')] }), strict)).toEqual(['server tls.alpn h2'])
  })

  test('T24 or by the server that it asks for', () => {
    const named = { serverNames: ['FTP.example', '192.0.2.1'] }
    expect(violations(client(serverName('bank.example')), named)).toEqual([
      'client tls.server-name bank.example',
    ])
    expect(violations(client(serverName('ftp.EXAMPLE')), named)).toEqual([])
    expect(violations(client(), named)).toEqual(['client tls.server-name no name'])
    expect(violations(client(), {})).toEqual([])
    expect(violations(client(serverName('bank.example')), {})).toEqual([])
    // Not a host name, so not one of those that are named.
    expect(violations(client(serverName('192.0.2.1')), named)).toHaveLength(1)
  })

  test('other facts are no matter of policy', () => {
    const alert = fromServer(record(21, Uint8Array.of(2, 40)))
    expect(violations([...client(), ...alert], { minVersion: 'TLS 1.3' })).toEqual([])
  })
})
