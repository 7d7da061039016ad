/**
 * Hostile visits: what the catalogue of attacks does to one session, against the whole process and
 * all at once. Being refused, reset or closed is what a visitor expects; what it was let do is a
 * breach.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ip, ip } from '../../src/net/ip.ts'
import { FILES_FOLDER } from '../support/peers/server.ts'
import { announcementLine, Control, dial, passiveEndpoint } from './control.ts'
import { type Counts, increment } from './counts.ts'
import type { Company } from './friendly.ts'
import { TRICKS } from './hostile-server.ts'
import { Random } from './random.ts'
import type { Door } from './setting.ts'

/** They share these, so that what one client may have is fought for. */
const ADDRESSES = 64
const PATIENCE_MS = 2_000

interface Raid extends Pick<Company, 'setting' | 'served'> {
  readonly counts: Counts
  readonly random: Random
  readonly source: Ip
  /** A real server. */
  readonly door: Door
}

type Attack = (raid: Raid) => Promise<void>

const ATTACKS: Readonly<Record<string, Attack>> = {
  bounce,
  framing,
  garbage,
  'foreign protocol': foreignProtocol,
  drip,
  reset,
  'half-close': halfClose,
  scan,
  flood,
  'pinhole flood': pinholeFlood,
  pipelining,
  'TLS injection': tlsInjection,
  'slow reader': slowReader,
  'hostile server': visitHostileServer,
}

export const ATTACK_NAMES: readonly string[] = Object.keys(ATTACKS)

export async function raid(company: Company, number: number): Promise<void> {
  const random = new Random(company.seed, 2 * number + 1)
  // Each in its turn, so that even a short run has all of them.
  const name = ATTACK_NAMES[number % ATTACK_NAMES.length] ?? 'bounce'
  const attack = ATTACKS[name]
  if (attack === undefined) throw new Error(`there is no attack ${name}`)
  const { counts, setting, served } = company
  const source = ip(`127.200.0.${random.whole(1, ADDRESSES)}`)
  counts.hostileVisits += 1
  increment(counts.visitsBy, name)
  const door = random.pick(setting.doors)
  // What a visitor meets when it is stopped is no failure of anybody's.
  await attack({ counts, setting, served, random, source, door }).catch(() => undefined)
}

async function withControl(raid: Raid, use: (control: Control) => Promise<void>): Promise<void> {
  const control = await Control.connect(raid.door.at, raid.source)
  try {
    await use(control)
  } finally {
    control.close()
  }
}

/** Logged in as anybody may; at an implicit door, where nobody can in clear, refused. */
function inside(raid: Raid, use: (control: Control) => Promise<void>): Promise<void> {
  return withControl(raid, async (control) => {
    await control.want(undefined, '2', PATIENCE_MS)
    await control.want(`USER ${raid.door.server.user}`, '23', PATIENCE_MS)
    await control.want(`PASS ${raid.door.server.password}`, '2', PATIENCE_MS)
    await use(control)
  })
}

/** B: the server is to connect to somebody else, or to a port that is none of the client's. */
async function bounce(raid: Raid): Promise<void> {
  const { random, setting, source, counts } = raid
  const { canary } = setting.hostile
  const lines = [
    announcementLine('PORT', canary.address, canary.port),
    announcementLine('EPRT', canary.address, canary.port),
    announcementLine('PORT', source, random.whole(1, 1023)),
    announcementLine('PORT', source, 6379),
    announcementLine('EPRT', setting.proxyAddress, canary.port),
    announcementLine('PORT', '0.0.0.0', canary.port),
    `PORT ${source.replaceAll('.', ',')},300,1`,
    `PORT ${source.replaceAll('.', ',')},1`,
    `PORT 0${source.replaceAll('.', ',')},200,1`,
    `EPRT |1|${source}|99999|`,
    `EPRT |3|${source}|50000|`,
    `EPRT |2|::1|${canary.port}|`,
    `PORT ${source.replaceAll('.', ',')},200,1\0`,
  ]
  await inside(raid, async (control) => {
    for (let tries = 0; tries < 6; tries++) {
      const line = random.pick(lines)
      const { code, text } = await control.ask(line)
      if (code >= 200 && code < 300) counts.breach(`${line}: ${text}`)
      // Whoever is sent somewhere by this is seen at the canary.
      control.send(`RETR ${FILES_FOLDER}/${random.pick(raid.served).name}\r\n`)
      await control.reply(PATIENCE_MS)
    }
  })
}

/** F: lines that two readers read differently. */
async function framing(raid: Raid): Promise<void> {
  const { random, setting } = raid
  const { canary } = setting.hostile
  const smuggled = announcementLine('PORT', canary.address, canary.port)
  const oddities = [
    'NOOP\nNOOP\r\n',
    `NOOP\r${smuggled}\r\n`,
    `NOOP\0${smuggled}\r\n`,
    `NOOP ${'a'.repeat(5_000)}\r\n`,
    `RETR x\n${smuggled}\r\n`,
    '\xff\xf4\xff\xf2ABOR\r\n',
    '\xff\xfb\x01NOOP\r\n',
    `\xff\xff${smuggled}\r\n`,
    '\r\n\r\n\r\n\r\n',
    ' NOOP\r\n',
    'NO\bOP\r\n',
    'STAT \x1b[2J\r\n',
    'ПОРТ 1,2,3,4,5,6\r\n',
    `${smuggled.slice(0, 9)}`,
  ]
  await inside(raid, async (control) => {
    for (let tries = 0; tries < 6; tries++) {
      control.send(random.pick(oddities))
      await control.reply(PATIENCE_MS)
    }
  })
}

async function garbage(raid: Raid): Promise<void> {
  const bytes = Buffer.from(
    Array.from({ length: raid.random.whole(1, 20_000) }, () => raid.random.whole(0, 255)),
  )
  await withControl(raid, async (control) => {
    if (raid.random.chance(0.5)) await control.reply(PATIENCE_MS)
    control.send(bytes)
    await ended(control)
  })
}

/** N: a browser was talked into it. */
async function foreignProtocol(raid: Raid): Promise<void> {
  const { canary } = raid.setting.hostile
  const smuggled = announcementLine('PORT', canary.address, canary.port)
  const hellos = [
    `POST / HTTP/1.1\r\nHost: ${raid.setting.proxyAddress}\r\n\r\nUSER a\r\n${smuggled}\r\n`,
    'SSH-2.0-OpenSSH_9.2\r\n',
    'EHLO example.com\r\nMAIL FROM:<a@example.com>\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'OPTIONS sip:a SIP/2.0\r\n',
  ]
  await withControl(raid, async (control) => {
    control.send(raid.random.pick(hellos))
    await ended(control)
  })
}

/** R: one byte now and then. */
async function drip(raid: Raid): Promise<void> {
  const seconds = raid.random.whole(2, 12)
  await withControl(raid, async (control) => {
    await control.reply(PATIENCE_MS)
    for (let tick = 0; tick < seconds * 4 && !control.socket.destroyed; tick++) {
      control.send('x')
      await sleep(250)
    }
  })
}

/** R: a reset wherever it hurts. */
async function reset(raid: Raid): Promise<void> {
  const { random, served } = raid
  const stop = random.whole(0, 6)
  await inside(raid, async (control) => {
    const { text } = await control.want(random.pick(['PASV', 'EPSV']), '2', PATIENCE_MS)
    if (stop === 0) return void control.socket.resetAndDestroy()
    const data = await dial(passiveEndpoint(text, raid.setting.proxyAddress), raid.source)
    try {
      if (stop === 1) return void control.socket.resetAndDestroy()
      if (stop === 2) data.resetAndDestroy()
      control.send(`RETR ${FILES_FOLDER}/${random.pick(served).name}\r\n`)
      if (stop === 3) return void control.socket.resetAndDestroy()
      await control.reply(PATIENCE_MS)
      if (stop === 4) return void control.socket.resetAndDestroy()
      if (stop === 5) data.resetAndDestroy()
      else control.socket.resetAndDestroy()
      await sleep(random.whole(0, 200))
    } finally {
      data.resetAndDestroy()
    }
  })
}

async function halfClose(raid: Raid): Promise<void> {
  await inside(raid, async (control) => {
    control.send(raid.random.pick(['', 'NO', 'LIST\r\n', 'PASV\r\n']))
    control.socket.end()
    await ended(control)
  })
}

/** D: whoever connects to a passive port first gets the file, where nobody looks who it is. */
async function scan(raid: Raid): Promise<void> {
  const { random, setting, counts } = raid
  const ranges = [setting.passivePorts, ...setting.doors.map(({ server }) => server.passivePorts)]
  for (let tries = 0; tries < 60; tries++) {
    const range = random.pick(ranges)
    const port = random.whole(range.first, range.last)
    const socket = await dial({ address: setting.proxyAddress, port }, raid.source).catch(
      () => undefined,
    )
    if (socket === undefined) continue
    let got = 0
    socket.on('data', (chunk: Buffer) => (got += chunk.length))
    await sleep(50)
    socket.destroy()
    if (got > 0) counts.breach(`${got} bytes from port ${port} for somebody who passed by`)
  }
}

/** R: more sessions than one client may have. */
async function flood(raid: Raid): Promise<void> {
  const { setting, source } = raid
  const controls: Control[] = []
  try {
    for (let count = 0; count < setting.sessionsPerClient + 5; count++)
      controls.push(await Control.connect(setting.hostileDoor, source))
    await Promise.allSettled(controls.map((control) => control.reply(PATIENCE_MS)))
    await sleep(raid.random.whole(0, 1_000))
  } finally {
    for (const control of controls)
      if (raid.random.chance(0.5)) control.close()
      else control.socket.resetAndDestroy()
  }
}

/** R: data connections that are announced and never made. */
async function pinholeFlood(raid: Raid): Promise<void> {
  await inside(raid, async (control) => {
    for (let count = 0; count < 150; count++)
      await control.want(raid.random.pick(['PASV', 'EPSV']), '2', PATIENCE_MS)
  })
}

/** Q: many commands in one segment, those that set up data among them. */
async function pipelining(raid: Raid): Promise<void> {
  const { random, source } = raid
  const words = [
    'NOOP',
    'PASV',
    'EPSV',
    announcementLine('PORT', source, random.whole(1_024, 60_000)),
    `RETR ${FILES_FOLDER}/${random.pick(raid.served).name}`,
    'ABOR',
    'PWD',
    'TYPE A',
    'REST 10',
    'LIST',
  ]
  await inside(raid, async (control) => {
    const lines = Array.from({ length: random.whole(2, 200) }, () => random.pick(words))
    control.send(`${lines.join('\r\n')}\r\n`)
    for (const _ of lines) await control.reply(PATIENCE_MS)
  })
}

/** T: clear text behind AUTH, and what is no TLS after it. */
async function tlsInjection(raid: Raid): Promise<void> {
  const { random, source } = raid
  await withControl(raid, async (control) => {
    await control.reply(PATIENCE_MS)
    const behind = random.pick(['', 'USER a\r\n', `${announcementLine('PORT', source, 2_000)}\r\n`])
    control.send(`AUTH TLS\r\n${behind}`)
    await control.reply(PATIENCE_MS)
    control.send(
      random.pick([
        'USER a\r\n',
        '\x15\x03\x01\x00\x02\x02\x28',
        '\x16\x03\x01\xff\xff',
        '\x17\x03\x03',
      ]),
    )
    await ended(control)
  })
}

/** R: asks for much and reads nothing. */
async function slowReader(raid: Raid): Promise<void> {
  const { random, served } = raid
  await inside(raid, async (control) => {
    const { text } = await control.want('EPSV', '2', PATIENCE_MS)
    const data = await dial(passiveEndpoint(text, raid.setting.proxyAddress), raid.source)
    try {
      control.send(`RETR ${FILES_FOLDER}/${random.pick(served).name}\r\n`)
      control.socket.pause()
      control.send('HELP\r\n'.repeat(2_000))
      await sleep(random.whole(1_000, 8_000))
    } finally {
      data.destroy()
    }
  })
}

/** M: the server lies, and the client goes along. */
async function visitHostileServer(raid: Raid): Promise<void> {
  const { setting, random, source, counts } = raid
  const trick = random.pick(TRICKS)
  const control = await Control.connect(setting.hostileDoor, source)
  try {
    await control.want(undefined, '2', PATIENCE_MS)
    await control.want(`USER ${trick}`, '23', PATIENCE_MS)
    await control.want('PASS x', '2', PATIENCE_MS)
    for (const line of [
      'PASV',
      'EPSV',
      'LIST',
      announcementLine('PORT', source, 40_000),
      'RETR x',
      'NOOP',
    ]) {
      control.send(`${line}\r\n`)
      const { code, text } = await control.reply(PATIENCE_MS)
      if (code !== 227 && code !== 229) continue
      const at = passiveEndpoint(text, setting.proxyAddress)
      if (at.address !== setting.proxyAddress)
        counts.breach(`${trick}: the client was told ${text}`)
      const data = await dial(at, source)
      data.destroy()
    }
  } finally {
    control.close()
  }
}

/** Reads until the other side has had enough, or for a while. */
async function ended(control: Control): Promise<void> {
  const deadline = Date.now() + 3 * PATIENCE_MS
  while (Date.now() < deadline) await control.reply(PATIENCE_MS)
}
