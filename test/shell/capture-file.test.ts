import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sessionId } from '../../src/engine/id.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { CaptureFile } from '../../src/shell/capture-file.ts'
import { play } from '../replay/played.ts'
import { readSegments } from '../record/capture/support/files.ts'

const SESSION = sessionId('s-1')
const CLIENT = endpoint(ip('192.0.2.10'), port(40_000))
const PUBLIC = endpoint(ip('203.0.113.1'), port(21))
const INSIDE = endpoint(ip('10.0.0.1'), port(41_000))
const SERVER = endpoint(ip('10.0.0.20'), port(21))

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-capture-'))
  path = join(folder, 'a.pcapng')
})

afterEach(() => rm(folder, { recursive: true }))

function open(): CaptureFile {
  const failed = (error: Error): void => {
    throw error
  }
  return new CaptureFile({
    path,
    program: 'portcullis test',
    now: () => 1_700_000_000_000,
    onFailure: failed,
  })
}

/** Both legs of a session in which a reply is rewritten. */
async function write(): Promise<void> {
  const file = open()
  file.opened(SESSION, 'client', CLIENT, PUBLIC)
  file.opened(SESSION, 'server', SERVER, INSIDE)
  file.bytes(SESSION, 'server', 'in', Buffer.from('220 ready\r\n'))
  file.bytes(SESSION, 'client', 'out', Buffer.from('220 ready\r\n'))
  file.bytes(SESSION, 'client', 'in', Buffer.from('PASV\r\n'))
  file.bytes(SESSION, 'server', 'out', Buffer.from('PASV\r\n'))
  file.bytes(SESSION, 'server', 'in', Buffer.from('227 (10,0,0,20,195,80)\r\n'))
  file.bytes(SESSION, 'client', 'out', Buffer.from('227 (203,0,113,1,195,81)\r\n'))
  file.closed(SESSION, 'client', 'in', 'end')
  file.closed(SESSION, 'client', 'out', 'end')
  file.closed(SESSION, 'server', 'out', 'end')
  file.ended(SESSION)
  file.bytes(SESSION, 'client', 'in', Buffer.from('nobody is there\r\n'))
  await file.close()
  expect(file.lostPackets).toBe(0)
}

test('both legs, each as its peer saw it', async () => {
  await write()
  const { segments, problem } = readSegments(await readFile(path))
  expect(problem).toBeUndefined()
  const said = segments
    .filter(({ length }) => length > 0)
    .map(({ from, to, payload }) => `${from}>${to} ${payload.trim()}`)
  expect(said).toEqual([
    '21>41000 220 ready',
    '21>40000 220 ready',
    '40000>21 PASV',
    '41000>21 PASV',
    '21>41000 227 (10,0,0,20,195,80)',
    '21>40000 227 (203,0,113,1,195,81)',
  ])
  // FIN of the client and of ours; the server, which never closed, gets a FIN and a RST.
  const ends = segments
    .filter(({ flags }) => (flags & 0x05) !== 0)
    .map(({ from, flags }) => [from, flags & 0x05])
  expect(ends).toEqual([
    [40_000, 1],
    [21, 1],
    [41_000, 1],
    [41_000, 4],
  ])
})

test('passwords are in it, so only its owner may read it; and it is written on', async () => {
  await write()
  const first = (await readFile(path)).length
  await write()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await readFile(path)).length).toBe(2 * first)
  expect(readSegments(await readFile(path)).problem).toBeUndefined()
})

test('a file that cannot be written is told once, and stops nothing', async () => {
  const failures: Error[] = []
  const file = new CaptureFile({
    path: join(folder, 'missing', 'a.pcapng'),
    program: 'x',
    onFailure: (error) => failures.push(error),
  })
  await new Promise((resolve) => {
    setTimeout(resolve, 50)
  })
  file.opened(SESSION, 'client', CLIENT, PUBLIC)
  file.bytes(SESSION, 'client', 'in', Buffer.from('x'))
  await file.close()
  expect(failures).toHaveLength(1)
})

test('tshark reads it as two FTP conversations without an error', async ({ skip }) => {
  if (spawnSync('tshark', ['--version']).error !== undefined) skip('tshark is not installed')
  await write()
  const fields = [
    'ip.src',
    'tcp.analysis.flags',
    'tcp.checksum.status',
    'ip.checksum.status',
    'ftp.response.code',
    'ftp.request.command',
  ]
  const { stdout, status } = spawnSync(
    'tshark',
    [
      '-r',
      path,
      '-o',
      'tcp.check_checksum:TRUE',
      '-o',
      'ip.check_checksum:TRUE',
      '-T',
      'fields',

      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8' },
  )
  expect(status).toBe(0)
  const rows = stdout
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.split('\t'))
  // Good is 1; nothing is retransmitted, lost or out of order.
  expect(
    rows.every(([, analysis, tcp, header]) => analysis === '' && tcp === '1' && header === '1'),
  ).toBe(true)
  const spoken = rows.map(([source, , , , code, verb]) => [source, `${code}${verb}`].join(' '))
  expect(spoken.filter((row) => !row.endsWith(' '))).toEqual([
    '10.0.0.20 220',
    '203.0.113.1 220',
    '192.0.2.10 PASV',
    '10.0.0.1 PASV',
    '10.0.0.20 227',
    '203.0.113.1 227',
  ])
})

test('a replay of the file knows that both legs are one session', async () => {
  await write()
  const { records } = play(await readFile(path))
  expect(records.filter(({ type }) => type === 'session.open')).toMatchObject([
    { client: '192.0.2.10:40000', local: '203.0.113.1:21', server: '10.0.0.20:21' },
  ])
  expect(records.find(({ type }) => type === 'capture.legs')).toMatchObject({ by: 'file' })
})
