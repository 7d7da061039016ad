/**
 * The friendly client of this process, for volume: a whole session of random operations in clear text.
 * Each transfer is compared with what it must be.
 */
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Ip } from '../../src/net/ip.ts'
import type { Announcement } from '../support/peers/client.ts'
import { FILES_FOLDER } from '../support/peers/server.ts'
import { announce, Control, type DataPort, PATIENCE_MS, waitFor } from './control.ts'
import type { Counts } from './counts.ts'
import { LARGE_BYTES, type Pool, type ServedFile } from './payload.ts'
import type { Random } from './random.ts'
import type { Door } from './setting.ts'

const ANNOUNCEMENTS: readonly Announcement[] = ['PASV', 'EPSV', 'PORT', 'EPRT']
const OPERATIONS_MAX = 8
const BYTES_BEFORE_ABORT = 65_536
/** 426, 226 and a few more: servers answer ABOR in many ways. */
const ABORT_REPLIES_MAX = 5

export interface ScriptedSession {
  readonly number: number
  readonly door: Door
  readonly source: Ip
  readonly random: Random
  readonly pool: Pool
  readonly served: readonly ServedFile[]
  readonly counts: Counts
}

type Operation = (session: ScriptedSession, control: Control, step: number) => Promise<void>

/** Transfers more often than anything else. */
const OPERATIONS: readonly Operation[] = [
  download,
  download,
  download,
  upload,
  upload,
  resume,
  list,
  abort,
  ask,
]

export async function runScripted(session: ScriptedSession): Promise<void> {
  const { door, source, random } = session
  const control = await Control.connect(door.at, source)
  try {
    await control.login(door.server.user, door.server.password)
    await control.want('TYPE I', '2')
    const operations = random.whole(1, OPERATIONS_MAX)
    for (let step = 0; step < operations; step++)
      await random.pick(OPERATIONS)(session, control, step)
    // Some people just go.
    if (random.chance(0.9)) await control.want('QUIT', '2')
  } finally {
    control.close()
  }
}

async function ask({ random }: ScriptedSession, control: Control): Promise<void> {
  await control.want(random.pick(['NOOP', 'PWD', 'SYST', 'FEAT', 'TYPE I']), '2')
}

async function download(session: ScriptedSession, control: Control): Promise<void> {
  const file = session.random.pick(session.served)
  await retrieve(session, control, file, 0)
}

async function resume(session: ScriptedSession, control: Control): Promise<void> {
  const file = session.random.pick(session.served.filter(({ size }) => size > 1))
  await retrieve(session, control, file, session.random.whole(1, file.size - 1))
}

async function retrieve(
  session: ScriptedSession,
  control: Control,
  file: ServedFile,
  from: number,
): Promise<void> {
  const expected = session.pool.bytes(file).subarray(from)
  await withData(session, control, async (data) => {
    if (from > 0) await control.want(`REST ${from}`, '3')
    await control.want(`RETR ${FILES_FOLDER}/${file.name}`, '1')
    const got = await matching(await data.connection, expected)
    await control.want(undefined, '2')
    session.counts.transfer(expected.length, got, `${file.name} from ${from} by RETR`)
  })
}

/** Whether the connection carries exactly `expected` to its end. */
async function matching(socket: Socket, expected: Buffer): Promise<boolean> {
  let at = 0
  let isEqual = true
  socket.on('data', (chunk: Buffer) => {
    const part = expected.subarray(at, at + chunk.length)
    if (!chunk.equals(part)) isEqual = false
    at += chunk.length
  })
  await closed(socket)
  return isEqual && at === expected.length
}

async function upload(session: ScriptedSession, control: Control, step: number): Promise<void> {
  const { pool, random, door, counts, number } = session
  const payload = pool.choose(random)
  const bytes = pool.bytes(payload)
  const name = `upload-${number}-${step}`
  await withData(session, control, async (data) => {
    await control.want(`STOR ${FILES_FOLDER}/${name}`, '1')
    const socket = await data.connection
    socket.end(bytes)
    await closed(socket)
    await control.want(undefined, '2')
  })
  const path = join(door.server.root, name)
  const isEqual = (await readFile(path)).equals(bytes)
  await rm(path, { force: true })
  counts.transfer(bytes.length, isEqual, `${payload.size} bytes by STOR`)
}

async function list(session: ScriptedSession, control: Control): Promise<void> {
  const chunks: Buffer[] = []
  await withData(session, control, async (data) => {
    await control.want(`${session.random.pick(['LIST', 'NLST'])} ${FILES_FOLDER}`, '1')
    const socket = await data.connection
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await closed(socket)
    await control.want(undefined, '2')
  })
  const listing = Buffer.concat(chunks).toString('latin1')
  const isWhole = session.served.every(({ name }) => listing.includes(name))
  session.counts.transfer(listing.length, isWhole, 'a listing')
}

/** Breaks off a download under way, and shows that the session is as good as before. */
async function abort(session: ScriptedSession, control: Control): Promise<void> {
  const { served, counts } = session
  const file = served.find(({ size }) => size === LARGE_BYTES)
  if (file === undefined) throw new Error('there is no large file')
  await withData(session, control, async (data) => {
    await control.want(`RETR ${FILES_FOLDER}/${file.name}`, '1')
    const socket = await data.connection
    let seen = 0
    await waitFor(
      (resolve) => {
        socket.on('data', (chunk: Buffer) => {
          seen += chunk.length
          if (seen >= BYTES_BEFORE_ABORT) resolve()
        })
        // One that was accepted waits to be read.
        socket.resume()
      },
      PATIENCE_MS,
      'nothing to abort',
    )
    control.send('ABOR\r\n')
    await closed(socket)
    for (let replies = 0; ; replies++) {
      if (replies > ABORT_REPLIES_MAX) throw new Error('ABOR is answered without end')
      const { code } = await control.reply()
      // After the first of them no other may come: then NOOP tells where the answers end.
      if (code === 225 || code === 226) break
    }
    control.send('NOOP\r\n')
    for (let replies = 0; (await control.reply()).code !== 200; replies++)
      if (replies > ABORT_REPLIES_MAX) throw new Error('NOOP after ABOR is not answered')
    counts.aborted += 1
  })
}

async function withData(
  session: ScriptedSession,
  control: Control,
  use: (data: DataPort) => Promise<void>,
): Promise<void> {
  const data = await announce(control, session.random.pick(ANNOUNCEMENTS), session.source)
  try {
    await use(data)
  } finally {
    data.close()
  }
}

async function closed(socket: Socket): Promise<void> {
  socket.resume()
  if (socket.closed) return
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS)
  await once(socket, 'close').finally(() => clearTimeout(timer))
}
