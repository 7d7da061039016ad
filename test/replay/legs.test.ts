import { describe, expect, test } from 'vitest'
import { type Beginning, Legs, type Match } from '../../src/replay/legs.ts'
import { at, doorRuleset } from './played.ts'

const LISTEN = '203.0.113.1:21'
const SERVER = '198.51.100.20:21'

/** A connection, with what was said so far. */
class Said implements Beginning {
  readonly first: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]

  say(side: 0 | 1, text: string): this {
    this.first[side] = Buffer.concat([this.first[side], Buffer.from(text, 'latin1')])
    return this
  }
}

function legs(): Legs<Said> {
  return new Legs(doorRuleset().listeners)
}

function begin(all: Legs<Said>, from: string, to: string, comment?: string): Said {
  const said = new Said()
  all.begin(at(from), at(to), said, comment)
  return said
}

function paired(match: Match<Said>): readonly [Said, Said] | string {
  return match.type === 'pair' ? [match.client.owner, match.server.owner] : match.type
}

describe('concluded from a rule file', () => {
  test('a greeting that was relayed, from the address that the client came to', () => {
    const all = legs()
    const client = begin(all, '192.0.2.10:40000', LISTEN)
    const server = begin(all, '203.0.113.1:50000', SERVER)
    server.say(1, '220 ready\r\n')
    expect(paired(all.match(client))).toBe('wait')
    expect(paired(all.match(server))).toBe('wait')
    client.say(1, '220 ready\r\n')
    expect(paired(all.match(client))).toEqual([client, server])
    expect(all.has(server)).toBe(false)
  })

  test('from another address it takes more than a greeting', () => {
    const all = legs()
    const client = begin(all, '192.0.2.10:40000', LISTEN).say(1, '220 ready\r\n')
    const server = begin(all, '10.0.0.1:50000', SERVER).say(1, '220 ready\r\n')
    expect(paired(all.match(client))).toBe('wait')
    client.say(0, 'USER anonymous\r\n')
    server.say(0, 'USER anonymous\r\n')
    expect(paired(all.match(server))).toBe('wait')
    client.say(0, 'PASS me\r\n')
    server.say(0, 'PASS me\r\n')
    expect(paired(all.match(server))).toEqual([client, server])
  })

  test('two sessions at once are told apart by what they say, and not before', () => {
    const all = legs()
    const clients = ['192.0.2.10:40000', '192.0.2.11:40000'].map((from) =>
      begin(all, from, LISTEN).say(1, '220 ready\r\n'),
    )
    const servers = ['203.0.113.1:50000', '203.0.113.1:50001'].map((from) =>
      begin(all, from, SERVER).say(1, '220 ready\r\n'),
    )
    const [a, b] = clients
    const [first, second] = servers
    if (a === undefined || b === undefined || first === undefined || second === undefined)
      throw new Error('there are four')
    expect([...clients, ...servers].map((one) => paired(all.match(one)))).toEqual(
      Array.from({ length: 4 }, () => 'wait'),
    )
    a.say(0, 'USER ann\r\n')
    b.say(0, 'USER bob\r\n')
    first.say(0, 'USER bob\r\n')
    expect(paired(all.match(first))).toBe('wait')
    second.say(0, 'USER ann\r\n')
    expect(paired(all.match(second))).toEqual([a, second])
    expect(paired(all.match(first))).toEqual([b, first])
  })

  test('another greeting, or a server that was connected before, is none of it', () => {
    const all = legs()
    expect(all.begin(at('203.0.113.1:50000'), at(SERVER), new Said(), undefined)).toBe(false)
    const client = begin(all, '192.0.2.10:40000', LISTEN).say(1, '220 ready\r\n')
    const server = begin(all, '203.0.113.1:50001', SERVER).say(1, '220 other\r\n')
    expect(paired(all.match(client))).toBe('alone')
    expect(paired(all.match(server))).toBe('alone')
  })

  test('who goes elsewhere is no leg', () => {
    const all = legs()
    expect(all.begin(at('192.0.2.10:1'), at('203.0.113.1:22'), new Said(), undefined)).toBe(false)
    expect(all.begin(at('192.0.2.10:1'), at('203.0.113.2:21'), new Said(), undefined)).toBe(false)
  })
})

describe('named by the file', () => {
  test('whatever was said, and without a rule file', () => {
    const all = new Legs<Said>([])
    const [a, b] = ['a', 'b'].map((name) =>
      begin(all, '192.0.2.10:1', LISTEN, `session ${name}, client side, peer 192.0.2.10:1`),
    )
    const server = begin(all, '10.0.0.1:1', SERVER, 'session b, server side, peer 198.51.100.20:21')
    expect(paired(all.match(server))).toEqual([b, server])
    expect(a === undefined ? '' : paired(all.match(a))).toBe('wait')
  })

  test('a session whose server was never reached stays alone', () => {
    const all = new Legs<Said>([])
    const client = begin(all, '192.0.2.10:1', LISTEN, 'session a, client side, peer 192.0.2.10:1')
    expect(paired(all.match(client.say(1, '421 no server\r\n')))).toBe('alone')
  })
})
