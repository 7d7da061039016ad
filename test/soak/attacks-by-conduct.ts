/** Attacks by how somebody behaves: when, how often, how slowly, and to whom. */
import { setTimeout as sleep } from 'node:timers/promises'
import { FILES_FOLDER } from '../support/peers/server.ts'
import { announcementLine, Control, dial, passiveEndpoint } from './control.ts'
import { TRICKS } from './hostile-server.ts'
import { ended, inside, PATIENCE_MS, type Raid, withControl } from './raid.ts'

/** R: one byte now and then. */
export async function drip(raid: Raid): Promise<void> {
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
export async function reset(raid: Raid): Promise<void> {
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

export async function halfClose(raid: Raid): Promise<void> {
  await inside(raid, async (control) => {
    control.send(raid.random.pick(['', 'NO', 'LIST\r\n', 'PASV\r\n']))
    control.socket.end()
    await ended(control)
  })
}

/** R: asks for much and reads nothing. */
export async function slowReader(raid: Raid): Promise<void> {
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

/** D: whoever connects to a passive port first gets the file, where nobody looks who it is. */
export async function scan(raid: Raid): Promise<void> {
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
export async function flood(raid: Raid): Promise<void> {
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
export async function pinholeFlood(raid: Raid): Promise<void> {
  await inside(raid, async (control) => {
    for (let count = 0; count < 150; count++)
      await control.want(raid.random.pick(['PASV', 'EPSV']), '2', PATIENCE_MS)
  })
}

/** M: the server lies, and the client goes along. */
export async function visitHostileServer(raid: Raid): Promise<void> {
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
