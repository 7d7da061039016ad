/**
 * Packet logs of any size for the report: sessions of every kind that it draws, begun over some
 * hours, in records as the packet log writes them. The same number gives the same log.
 */

const SERVER = '10.200.200.1'
const PUBLIC = '203.0.113.10'
const BEGIN = Date.parse('2026-11-21T06:00:00.000Z')

type Fields = Readonly<Record<string, unknown>>

interface Timed {
  readonly at: number
  readonly line: Fields
}

/** A small linear congruential generator: good enough to look irregular. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

const USERS = ['anna', 'partner-07', 'batch', 'anonymous', 'j.lindqvist', 'edi-inbound', 'ftpsync']
const PATHS = [
  'orders/2026-11-21.csv',
  'pub/readme.txt',
  'inbound/invoice-88213.xml',
  'images/disk.iso',
  'report.pdf',
]

/** @yields lines of a packet log with `count` sessions, in the order of their times. */
export function* syntheticLog(count: number): Generator<string> {
  const random = numbers(7)
  const next = (): number => random.next().value
  const records: Timed[] = [
    { at: BEGIN - 1000, line: { type: 'log.start', version: '0.1.0', rules: 'front-door.yaml' } },
  ]
  for (let n = 0; n < count; n++) {
    const progress = count === 1 ? 0.5 : n / count
    // A working day: more in the middle.
    const at = BEGIN + Math.round((progress + 0.06 * Math.sin(progress * 12.6)) * 9 * 3_600_000)
    const kind = count === 1 ? 0 : next()
    if (kind > 0.97) {
      records.push({
        at,
        line: {
          type: 'session.refused',
          listener: 'public',
          client: `198.51.100.${Math.floor(next() * 200)}:${40_000 + (n % 20_000)}`,
          server: `${SERVER}:21`,
          reason: next() > 0.4 ? 'rule.denied' : 'limit.sessions-per-client',
          rule: 'everybody else',
        },
      })
      continue
    }
    records.push(...session(n, at, kind, next))
  }
  let seq = 0
  for (const { at, line } of records.toSorted((a, b) => a.at - b.at)) {
    seq += 1
    yield JSON.stringify({ time: new Date(at).toISOString(), seq, ...line })
  }
}

function session(n: number, begin: number, kind: number, next: () => number): readonly Timed[] {
  const id = `s${n.toString(36).padStart(5, '0')}`
  const host = Math.floor(next() ** 2 * 40) + 11
  const client = `10.1.${host % 4}.${host}:${1024 + ((n * 7) % 60_000)}`
  const server = `${SERVER}:21`
  const records: Timed[] = []
  let at = begin
  const put = (type: string, fields: Fields = {}, wait = 3 * next()): void => {
    at += Math.round(wait * 10) / 10
    records.push({ at: Math.round(at), line: { type, session: id, client, server, ...fields } })
  }
  const command = (verb: string, argument?: string): void =>
    put(
      'control.command',
      { verb, ...(argument === undefined ? {} : { argument }) },
      4 + 60 * next(),
    )
  const reply = (code: number, text: string, verb?: string, fields: Fields = {}): void =>
    put('control.reply', {
      code,
      text,
      lines: 1,
      ...(verb === undefined ? {} : { verb }),
      ...fields,
    })
  let commands = 0
  let transfers = 0
  let refusals = 0
  let toClient = 0
  let toServer = 0
  let pinholes = 0
  const address = client.slice(0, client.lastIndexOf(':'))

  const transfer = (verb: string, path: string, bytes: number): void => {
    pinholes += 1
    commands += 2
    transfers += 1
    const pinhole = `${id}/p${pinholes}`
    const port = 50_000 + ((n * 3 + pinholes) % 100)
    const inner = 60_000 + ((n * 5 + pinholes) % 100)
    const dial = `${SERVER}:${inner}`
    const from = `${address}:${30_000 + (n % 20_000)}`
    command('PASV')
    put('pinhole.open', {
      pinhole,
      mode: 'passive',
      peer: address,
      listening: `${PUBLIC}:${port}`,
      dial,
      rule: 'passive data',
      ttlMs: 30_000,
    })
    put('rewrite', { form: '227', before: dial, after: `${PUBLIC}:${port}` }, 0)
    reply(227, `Entering Passive Mode`, 'PASV')
    command(verb, path)
    put('pinhole.use', { pinhole, peer: from })
    put('pinhole.close', { pinhole, reason: 'used' }, 0)
    put('data.open', { pinhole, mode: 'passive', verb, path, from, to: dial }, 0)
    reply(150, `Opening BINARY mode data connection for ${path}`, verb)
    const isUpload = verb === 'STOR'
    if (isUpload) toServer += bytes
    else toClient += bytes
    put(
      'data.close',
      {
        pinhole,
        verb,
        path,
        toClientBytes: isUpload ? 0 : bytes,
        toServerBytes: isUpload ? bytes : 0,
        durationMs: 20 + Math.round(bytes / 200_000),
        cause: 'end',
      },
      20 + bytes / 200_000,
    )
    reply(226, 'Transfer complete.', verb)
  }
  const path = (): string => PATHS[Math.floor(next() * PATHS.length)] ?? ''
  const size = (): number => Math.round(900 * 10 ** (4.5 * next()))

  put('session.open', {
    listener: 'public',
    local: `${PUBLIC}:21`,
    rule: host % 3 === 0 ? 'partners' : 'staff',
    profile: 'default',
  })
  reply(220, 'ProFTPD Server (Example FTP) [10.200.200.1]')
  const isOpaque = kind > 0.78
  const isCcc = kind > 0.9
  if (isOpaque) {
    commands += 1
    command('AUTH', 'TLS')
    reply(234, 'AUTH TLS successful', 'AUTH')
    put('tls.hello', {
      side: 'client',
      versions: ['TLS 1.2', 'TLS 1.3'],
      ciphers: ['TLS_AES_256_GCM_SHA384', 'TLS_AES_128_GCM_SHA256'],
      serverName: 'ftp.example.com',
    })
    put('tls.hello', {
      side: 'server',
      versions: ['TLS 1.3'],
      ciphers: ['TLS_AES_256_GCM_SHA384'],
    })
    put('channel.opaque', {
      mechanism: 'TLS',
      version: 'TLS 1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
    })
    if (isCcc) {
      put('channel.clear', { side: 'client' }, 60)
      put('channel.clear', { side: 'server', closeNotify: true }, 4)
      transfer('STOR', path(), size())
    } else {
      const range = `${id}/p0`
      put('range.open', {
        range,
        peer: address,
        listening: `${PUBLIC}:60000-60100`,
        dial: `${SERVER}:60000-60100`,
      })
      const pinhole = `${id}/p0:60017`
      const from = `${address}:31007`
      put('pinhole.use', { pinhole: range, peer: from }, 300)
      put('data.open', { pinhole, mode: 'passive', from, to: `${SERVER}:60017` }, 0)
      const bytes = size()
      toClient += bytes
      transfers += 1
      put(
        'data.close',
        { pinhole, toClientBytes: bytes, toServerBytes: 0, durationMs: 90, cause: 'end' },
        90,
      )
      put('range.close', { range, connections: 1 }, 120)
    }
  } else {
    commands += 2
    command('USER', USERS[host % USERS.length])
    reply(331, 'Password required', 'USER')
    command('PASS')
    reply(230, 'User logged in, proceed', 'PASS')
    if (kind > 0.7) {
      commands += 1
      refusals += 1
      command('PORT', '192,0,2,66,4,1')
      put('verdict', {
        verdict: 'reject',
        reason: 'port.foreign-address',
        side: 'client',
        verb: 'PORT',
        detail: '192.0.2.66:1025',
      })
      reply(500, 'Illegal PORT command.', 'PORT', { local: true })
    }
    if (kind > 0.6 && kind < 0.66) {
      commands += 1
      refusals += 1
      command('SITE', 'EXEC /bin/sh')
      put('verdict', {
        verdict: 'reject',
        reason: 'cmd.denied',
        side: 'client',
        verb: 'SITE',
        argument: 'EXEC /bin/sh',
        rule: 'default',
      })
      reply(502, 'Command not allowed here.', 'SITE', { local: true })
    }
    if (kind > 0.45 && kind < 0.6) {
      commands += 2
      transfers += 1
      pinholes += 1
      const pinhole = `${id}/p${pinholes}`
      const announced = `${address}:1207`
      command('PORT', `${address.replaceAll('.', ',')},4,183`)
      put('pinhole.open', {
        pinhole,
        mode: 'active',
        peer: SERVER,
        listening: '10.200.200.254:50007',
        dial: announced,
        rule: 'active data',
        ttlMs: 30_000,
      })
      put('rewrite', { form: 'PORT', before: announced, after: '10.200.200.254:50007' }, 0)
      reply(200, 'PORT command successful', 'PORT')
      command('LIST')
      reply(150, 'Opening ASCII mode data connection for file list', 'LIST')
      put('pinhole.use', { pinhole, peer: `${SERVER}:20` })
      put('pinhole.close', { pinhole, reason: 'used' }, 0)
      put(
        'data.open',
        { pinhole, mode: 'active', verb: 'LIST', from: `${SERVER}:20`, to: announced },
        0,
      )
      toClient += 1742
      put(
        'data.close',
        {
          pinhole,
          verb: 'LIST',
          toClientBytes: 1742,
          toServerBytes: 0,
          durationMs: 9,
          cause: 'end',
        },
        9,
      )
      reply(226, 'Transfer complete', 'LIST')
    }
    transfer(next() > 0.4 ? 'RETR' : 'STOR', path(), size())
    if (next() > 0.6) transfer('RETR', path(), size())
    commands += 1
    command('QUIT')
    reply(221, 'Goodbye.', 'QUIT')
  }
  put('session.close', {
    reason: isOpaque ? 'client-closed' : 'quit',
    durationMs: Math.round(at - begin),
    commands,
    transfers,
    toClientBytes: toClient,
    toServerBytes: toServer,
    refusals,
  })
  return records
}
