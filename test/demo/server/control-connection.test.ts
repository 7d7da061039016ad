import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FtpClient } from '../../../src/demo/client.ts'
import { directory, file } from '../../../src/demo/server/file-tree.ts'
import { type FtpServer, startFtpServer } from '../../../src/demo/server/server.ts'
import { converse, repliesTo } from './converse.ts'

const root = directory('', [
  file('one.txt', 'one\ntwo\n'),
  directory('sub', [file('grüße.txt', 'hallo\n')]),
  file('large.bin', 'x'.repeat(32 * 1024 * 1024)),
])
let server: FtpServer
beforeAll(async () => {
  server = await startFtpServer({ root, host: '127.0.0.1' })
})
afterAll(() => server.close())

test('a whole conversation', async () => {
  const lines = ['NOOP', 'PWD', 'USER me', 'PASS x', 'SYST', 'PWD', 'QUIT', 'NOOP']
  const received = await converse(server.endpoint, lines.map((line) => `${line}\r\n`).join(''))
  expect(received.split('\r\n')).toMatchInlineSnapshot(`
    [
      "220 Portcullis demo server ready.",
      "200 Nothing done.",
      "530 Log in first.",
      "331 Any password will do.",
      "230 Welcome. All is read-only.",
      "215 UNIX Type: L8",
      "257 "/" is the current directory.",
      "221 Goodbye.",
      "",
    ]
  `)
})

test('moves about the tree and never above its root', async () => {
  const replies = await repliesTo(
    server.endpoint,
    'CWD sub',
    'PWD',
    'CDUP',
    'CWD ../../../../sub/.',
    'CWD one.txt',
    'MLST grüße.txt',
    'SIZE grüße.txt',
    'TYPE I',
    'SIZE grüße.txt',
    'MDTM grüße.txt',
    'MDTM nothing.txt',
  )
  expect(replies).toMatchInlineSnapshot(`
    [
      "250 Now in /sub.",
      "257 "/sub" is the current directory.",
      "250 Now in /.",
      "250 Now in /sub.",
      "550 one.txt: no such directory.",
      "250-Facts:",
      " type=file;size=6;modify=19851001120000;perm=r; grüße.txt",
      "250 End",
      "550 SIZE needs TYPE I.",
      "200 TYPE is I.",
      "213 6",
      "213 19851001120000",
      "550 nothing.txt: no such file.",
    ]
  `)
})

test('answers what it was asked about itself', async () => {
  expect(
    await repliesTo(server.endpoint, 'FEAT', 'OPTS UTF8 ON', 'OPTS MLST', 'HELP', 'STAT'),
  ).toMatchInlineSnapshot(`
    [
      "211-Features:",
      " EPRT",
      " EPSV",
      " MDTM",
      " MLST type*;size*;modify*;perm*;",
      " REST STREAM",
      " SIZE",
      " TVFS",
      " UTF8",
      "211 End",
      "200 UTF-8 it is, always.",
      "501 The only option is UTF8 ON.",
      "214 An RFC 959 server; read-only, and built for one demo.",
      "211-Status:",
      " logged in as anonymous",
      " in /, TYPE A",
      "211 End",
    ]
  `)
  expect(
    await repliesTo(server.endpoint, 'TYPE a', 'TYPE E', 'MODE S', 'MODE B', 'STRU F', 'STRU R'),
  ).toMatchInlineSnapshot(`
    [
      "200 TYPE is A.",
      "504 TYPE is A or I.",
      "200 As always.",
      "504 S is the only one there is.",
      "200 As always.",
      "504 F is the only one there is.",
    ]
  `)
})

test.each(['STOR', 'STOU', 'APPE', 'DELE', 'RMD', 'MKD', 'RNFR', 'RNTO'])(
  '%s is refused: nothing here can be written',
  async (verb) => {
    expect(await repliesTo(server.endpoint, `${verb} one.txt`)).toEqual([
      '550 Everything here is read-only.',
    ])
  },
)

describe('set-up of data connections', () => {
  test('a PORT or EPRT that names anybody else is refused, and so is a privileged port', async () => {
    const replies = await repliesTo(
      server.endpoint,
      'PORT 192,0,2,66,19,137',
      'PORT 127,0,0,1,0,25',
      'PORT 127,0,0,1,300,1',
      'EPRT |1|192.0.2.66|5001|',
      'EPRT |2|::1|5001|',
      'EPRT |3|x|5001|',
      'EPRT |1|127.0.0.1|25|',
      'LIST',
    )
    expect(replies).toMatchInlineSnapshot(`
      [
        "501 192.0.2.66 is not the address you came from.",
        "501 A port below 1024 is not for data connections.",
        "501 PORT takes h1,h2,h3,h4,p1,p2.",
        "501 192.0.2.66 is not the address you came from.",
        "522 Network protocol not supported, use (1)",
        "522 Network protocol not supported, use (1)",
        "501 A port below 1024 is not for data connections.",
        "425 Send PASV, EPSV, PORT or EPRT first.",
      ]
    `)
  })

  test('EPSV ALL refuses the other three', async () => {
    const replies = await repliesTo(
      server.endpoint,
      'EPSV 2',
      'EPSV ALL',
      'PASV',
      'PORT 127,0,0,1,200,1',
      'EPRT |1|127.0.0.1|51201|',
    )
    expect(replies).toMatchInlineSnapshot(`
      [
        "522 Network protocol not supported, use (1)",
        "200 EPSV and nothing else from now on.",
        "501 Only EPSV may follow EPSV ALL.",
        "501 Only EPSV may follow EPSV ALL.",
        "501 Only EPSV may follow EPSV ALL.",
      ]
    `)
  })

  test('PASV is not for IPv6', async () => {
    const ipv6 = await startFtpServer({ root, host: '::1' })
    expect(await repliesTo(ipv6.endpoint, 'PASV', 'EPSV 1')).toMatchInlineSnapshot(`
      [
        "425 PASV is for IPv4. Use EPSV.",
        "522 Network protocol not supported, use (2)",
      ]
    `)
    await ipv6.close()
  })

  test('an announced port where nobody listens is a 425', async () => {
    const port = await freedPort()
    const [high, low] = [port >> 8, port & 0xff]
    expect(await repliesTo(server.endpoint, `PORT 127,0,0,1,${high},${low}`, 'LIST')).toEqual([
      `200 Data will go to port ${port}.`,
      '150 Here comes a listing.',
      '425 The data connection could not be made.',
    ])
  })
})

test('TYPE A sends CRLF, REST skips bytes once', async () => {
  const client = await loggedIn()
  expect(text(await client.receive('RETR one.txt', 'PORT'))).toBe('one\r\ntwo\r\n')
  await client.expect('TYPE I', 200)
  await client.expect('REST 4', 350)
  expect(text(await client.receive('RETR one.txt', 'EPRT'))).toBe('two\n')
  expect(text(await client.receive('RETR one.txt', 'EPSV'))).toBe('one\ntwo\n')
  expect(text(await client.receive('MLSD sub', 'PASV'))).toBe(
    'type=file;size=6;modify=19851001120000;perm=r; grüße.txt\r\n',
  )
  client.close()
})

test('ABOR cuts a running transfer short and the session goes on', async () => {
  const client = await loggedIn()
  await client.expect('TYPE I', 200)
  const passive = await client.expect('EPSV', 229)
  const port = Number(/\|\|\|(\d+)\|/.exec(passive.lines[0] ?? '')?.[1])
  // Never read, so that the transfer cannot end by itself.
  const data = connect({ host: '127.0.0.1', port }).pause()
  data.on('error', () => data.destroy())
  await client.expect('RETR large.bin', 150)
  await client.expect('ABOR', 426)
  expect((await client.nextReply()).code).toBe(226)
  await client.expect('NOOP', 200)
  data.destroy()
  client.close()
})

test('Telnet bytes before ABOR are not part of the verb', async () => {
  const sent = Buffer.from('USER a\r\nPASS b\r\n\xff\xf4\xff\xf2ABOR\r\nQUIT\r\n', 'latin1')
  expect(await converse(server.endpoint, sent)).toContain('\r\n226 Nothing is being transferred')
})

test('a line without end is refused, not collected', async () => {
  expect(await converse(server.endpoint, 'x'.repeat(5000))).toMatch(/\r\n500 Line too long\.\r\n$/)
})

async function loggedIn(): Promise<FtpClient> {
  const client = await FtpClient.connect(server.endpoint)
  expect((await client.nextReply()).code).toBe(220)
  await client.expect('USER me', 331)
  await client.expect('PASS me', 230)
  return client
}

function text({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString('utf8')
}

/** A port that was free a moment ago. */
function freedPort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen({ host: '127.0.0.1', port: 0 }, () => {
      const bound = listener.address()
      listener.close(() => resolve(bound !== null && typeof bound === 'object' ? bound.port : 0))
    })
  })
}
