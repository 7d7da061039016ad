import { describe, expect, test } from 'vitest'
import { USUAL } from '../../src/explain/circumstances.ts'
import { ScriptedClient, ScriptedServer } from '../../src/explain/scripted-peers.ts'
import { ip } from '../../src/net/ip.ts'
import { castFor, CLIENT, OFFICE, OPEN } from './examples.ts'

describe('the server', () => {
  const told = (peer: string, line: string, cast = castFor(OFFICE)): [string, ScriptedServer] => {
    const server = new ScriptedServer(cast, USUAL, () => ip(peer))
    return [server.answer(line), server]
  }

  test('names its own address, or the one that clients know', () => {
    expect(told(CLIENT, 'PASV')[0]).toBe('227 Entering Passive Mode (10,0,0,5,196,145)')
    const server = new ScriptedServer(
      castFor(OFFICE),
      { ...USUAL, names: 'known-address' },
      () => undefined,
    )
    expect(server.answer('PASV')).toBe('227 Entering Passive Mode (192,0,2,1,196,145)')
    expect(server.answer('EPSV')).toBe('229 Entering Extended Passive Mode (|||50321|)')
  })

  test('connects to its peer and to nobody else', () => {
    const [accepted, server] = told('192.0.2.200', 'PORT 192,0,2,200,100,0')
    expect([accepted, server.told]).toEqual(['200 ok', { address: '192.0.2.200', port: 25_600 }])
    const [refused, other] = told('192.0.2.200', 'EPRT |1|198.51.100.7|25600|')
    expect([refused, other.hasRefused, other.told]).toEqual(['500 not with me', true, undefined])
  })
})

describe('the client', () => {
  const client = new ScriptedClient(castFor(OFFICE), USUAL)

  test('announces itself', () => {
    expect(client.command('PORT')).toBe('PORT 198,51,100,7,196,145')
    expect(client.command('EPRT')).toBe('EPRT |1|198.51.100.7|50321|')
    expect(client.command('EPSV')).toBe('EPSV')
    const six = new ScriptedClient(castFor(OPEN, '2001:db8::7'), USUAL)
    expect(six.command('PORT')).toMatch(/^PORT 192,0,2,/)
    expect(six.command('EPRT')).toBe('EPRT |2|2001:db8::7|50321|')
  })

  test('connects where a reply says, or ignores the address in it', () => {
    expect(client.understands('227 ok (10,0,0,5,100,0)\r\n')).toBe(true)
    expect(client.target).toEqual({ address: '10.0.0.5', port: 25_600 })
    expect(client.understands('229 ok (|||1025|)\r\n')).toBe(true)
    expect(client.target).toEqual({ address: '192.0.2.1', port: 1025 })
    const careful = new ScriptedClient(castFor(OFFICE), { ...USUAL, heedsAddress: false })
    careful.understands('227 ok (10,0,0,5,100,0)\r\n')
    expect(careful.target).toEqual({ address: '192.0.2.1', port: 25_600 })
    expect(client.understands('227 nothing\r\n')).toBe(false)
    expect(client.understands('229 nothing\r\n')).toBe(false)
  })
})
