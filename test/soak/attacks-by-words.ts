/** Attacks by what is said on one control connection. The letters are the catalogue's chapters. */
import { FILES_FOLDER } from '../support/peers/server.ts'
import { announcementLine } from './control.ts'
import { ended, inside, PATIENCE_MS, type Raid, withControl } from './raid.ts'

/** Nobody's (RFC 5737), and unlike the canary not in the loopback network, which has checks of its own. */
const ELSEWHERE = '192.0.2.1'

/** B: the server is to connect to somebody else, or to a port that is none of the client's. */
export async function bounce(raid: Raid): Promise<void> {
  const { random, setting, source, counts } = raid
  const { canary } = setting.hostile
  const lines = [
    announcementLine('PORT', canary.address, canary.port),
    announcementLine('EPRT', canary.address, canary.port),
    announcementLine('PORT', ELSEWHERE, 40_000),
    announcementLine('EPRT', ELSEWHERE, 40_000),
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
export async function framing(raid: Raid): Promise<void> {
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

export async function garbage(raid: Raid): Promise<void> {
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
export async function foreignProtocol(raid: Raid): Promise<void> {
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

/** Q: many commands in one segment, those that set up data among them. */
export async function pipelining(raid: Raid): Promise<void> {
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
export async function tlsInjection(raid: Raid): Promise<void> {
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
