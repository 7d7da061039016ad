/**
 * The probes of the side-by-side comparison: announcements as servers and clients have been seen to
 * make them, and lines that have led firewalls astray.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { endpoint } from '../../../src/net/endpoint.ts'
import { port } from '../../../src/net/port.ts'
import { CLIENT, STRANGER, serverAddress } from './lab.ts'
import { type Probe, active, line, passive, says227, talk } from './probe.ts'
import { announced } from './scripted-client.ts'
import { PAYLOAD, type Answer } from './scripted-server.ts'

const DATA = ['data'] as const
/** Data, or a refusal where the line is against the letter of the standard. */
const DATA_OR_REFUSAL = ['data', 'refused'] as const
const REFUSED = ['refused'] as const
/** It need not be understood, but it must not become something else. */
const WHOLE = ['passed', 'refused'] as const

function reply227(name: string, reply: (numbers: string) => Answer): Probe {
  return {
    name,
    right: DATA,
    run: (world, user) => passive(world, user, 'PASV\r\n', says227(reply)),
  }
}

const PASSIVE: readonly Probe[] = [
  reply227('227 as usual', (six) => `227 Entering Passive Mode (${six}).\r\n`),
  reply227('227 without parentheses', (six) => `227 Entering Passive Mode ${six}\r\n`),
  reply227('227 =', (six) => `227 =${six}\r\n`),
  {
    ...reply227('227 ending in LF alone', (six) => `227 Entering Passive Mode (${six}).\n`),
    right: DATA_OR_REFUSAL,
  },
  reply227(
    '227 of two lines, numbers in the last',
    (six) => `227-Entering\r\n227 Passive Mode (${six}).\r\n`,
  ),
  {
    ...reply227(
      '227 of two lines, numbers in the first',
      (six) => `227-Entering Passive Mode (${six}).\r\n227 End\r\n`,
    ),
    right: DATA_OR_REFUSAL,
  },
  reply227('227 cut after 22', (six) => ['22', `7 Entering Passive Mode (${six}).\r\n`]),
  reply227('227 cut in the numbers', (six) => [
    `227 Entering Passive Mode (${six.slice(0, 8)}`,
    `${six.slice(8)}).\r\n`,
  ]),
  reply227('227 with a digit in its text', (six) => `227 Passive Mode 2 (${six}).\r\n`),
  {
    name: '227 names another host',
    right: REFUSED,
    run: (world, user) =>
      passive(world, user, 'PASV\r\n', (text, session) =>
        text.startsWith('PASV')
          ? `227 Entering (${session.numbers(session.listen(), serverAddress(5, 4))}).\r\n`
          : undefined,
      ),
  },
  {
    name: '227 names port 900',
    right: REFUSED,
    run: (world, user) =>
      passive(world, user, 'PASV\r\n', (text, session) =>
        text.startsWith('PASV') ? `227 Entering (${session.numbers(port(900))}).\r\n` : undefined,
      ),
  },
  {
    name: '227 nobody asked for',
    right: ['withheld', 'refused', 'closed'],
    run: unsolicited227,
  },
  {
    name: 'EPSV',
    right: DATA,
    run: (world, user) => passive(world, user, 'EPSV\r\n'),
  },
  {
    name: 'EPSV 2 over IPv4',
    right: DATA_OR_REFUSAL,
    run: (world, user) => passive(world, user, 'EPSV 2\r\n'),
  },
  {
    name: 'EPSV, refused by the server',
    right: ['passed'],
    run: (world, user) =>
      talk(
        world,
        user,
        (text) => (text.startsWith('EPSV') ? '500 the server knows no EPSV\r\n' : undefined),
        async ({ client }) => {
          const reply = await client.ask('EPSV')
          if (reply === 'hang' || reply === 'closed') return reply
          return reply.includes('the server') ? 'passed' : 'refused'
        },
      ),
  },
  {
    name: 'PASV in small letters',
    right: DATA,
    run: (world, user) => passive(world, user, 'pasv\r\n'),
  },
  { name: 'PASV cut', right: DATA, run: (world, user) => passive(world, user, ['PA', 'SV\r\n']) },
  {
    name: 'PASV after a space',
    right: DATA_OR_REFUSAL,
    run: (world, user) => passive(world, user, ' PASV\r\n'),
  },
  {
    name: 'PASV ending in LF alone',
    right: DATA,
    run: (world, user) => passive(world, user, 'PASV\n'),
  },
  {
    name: 'PASV+NOOP in one segment',
    right: DATA,
    run: (world, user) => passive(world, user, 'PASV\r\nNOOP\r\n', undefined, 0, 1),
  },
  {
    name: 'NOOP+PASV in one segment',
    right: DATA,
    run: (world, user) => passive(world, user, 'NOOP\r\nPASV\r\n', undefined, 1),
  },
  {
    name: 'EPSV ALL, then PASV',
    right: REFUSED,
    run: (world, user) =>
      passive(
        world,
        user,
        'EPSV ALL\r\nPASV\r\n',
        (text) => (text.startsWith('EPSV ALL') ? '200 ok\r\n' : undefined),
        1,
      ),
  },
]

const ACTIVE: readonly Probe[] = [
  {
    name: 'PORT',
    right: DATA,
    run: (world, user) =>
      active(world, user, (client, at) => `PORT ${client.numbers(port(at))}\r\n`),
  },
  {
    // Some programs read them as octal: who refuses does not guess.
    name: 'PORT with leading zeros',
    right: DATA_OR_REFUSAL,
    run: (world, user) =>
      active(
        world,
        user,
        (client, at) =>
          `PORT ${client
            .numbers(port(at))
            .split(',')
            .map((number) => number.padStart(3, '0'))
            .join(',')}\r\n`,
      ),
  },
  {
    name: 'PORT ending in LF alone',
    right: DATA,
    run: (world, user) => active(world, user, (client, at) => `PORT ${client.numbers(port(at))}\n`),
  },
  {
    name: 'PORT cut',
    right: DATA,
    run: (world, user) =>
      active(world, user, (client, at) => {
        const text = `PORT ${client.numbers(port(at))}\r\n`
        return [text.slice(0, 9), text.slice(9)]
      }),
  },
  {
    name: 'NOOP+PORT in one segment',
    right: DATA,
    run: (world, user) =>
      active(world, user, (client, at) => `NOOP\r\nPORT ${client.numbers(port(at))}\r\n`, 1),
  },
  {
    name: 'PORT names another host',
    right: REFUSED,
    run: (world, user) =>
      active(world, user, (client, at) => `PORT ${client.numbers(port(at), STRANGER[4])}\r\n`),
  },
  {
    name: 'PORT names port 900',
    right: REFUSED,
    run: (world, user) => active(world, user, (client) => `PORT ${client.numbers(port(900))}\r\n`),
  },
  {
    name: 'EPRT',
    right: DATA,
    run: (world, user) => active(world, user, (_, at) => `EPRT |1|${CLIENT[4]}|${at}|\r\n`),
  },
  {
    name: 'EPRT with ! between',
    right: DATA,
    run: (world, user) => active(world, user, (_, at) => `EPRT !1!${CLIENT[4]}!${at}!\r\n`),
  },
  {
    name: 'EPRT of IPv6 over IPv4',
    right: REFUSED,
    run: (world, user) => active(world, user, (_, at) => `EPRT |2|${CLIENT[6]}|${at}|\r\n`),
  },
]

function whole(name: string, text: string): Probe {
  return { name, right: WHOLE, run: (world, user) => line(world, user, text) }
}

const LINES: readonly Probe[] = [
  whole('HOST after the login', 'HOST ftp.example.org'),
  whole('AUTH TLS, unknown to the server', 'AUTH TLS'),
  whole('AUTH GSSAPI, unknown to the server', 'AUTH GSSAPI'),
  whole('SITE EXEC', 'SITE EXEC id'),
  whole('a command nobody knows', 'XYZZY plugh'),
  whole('ALGS', 'ALGS STATUS64'),
  whole('a line of 3000 bytes', `CWD ${'a'.repeat(2_996)}`),
  whole('a line of 9000 bytes', `CWD ${'a'.repeat(8_996)}`),
  whole('NUL in a line', 'CWD a\0b'),
  whole('bare CR in a line', 'CWD a\rDELE b'),
  {
    name: 'Telnet DO',
    right: ['passed'],
    run: (world, user) =>
      talk(
        world,
        user,
        () => undefined,
        async ({ client }) => {
          client.send('\xff\xfd\x01NOOP\r\n')
          // Refused as RFC 1123 wants it: WONT, which comes before the reply.
          const reply = await client.reply()
          if (reply === 'hang' || reply === 'closed') return reply
          return /^(?:200|5\d\d)/.test(reply.replace('\xff\xfc\x01', '')) ? 'passed' : 'wrong'
        },
      ),
  },
]

export const PROBES: readonly Probe[] = [...PASSIVE, ...ACTIVE, ...LINES]

/** A server that is no friend: its answer to NOOP looks like one to PASV. */
function unsolicited227(
  world: Parameters<Probe['run']>[0],
  user: string,
): ReturnType<Probe['run']> {
  let hidden = 0
  return talk(
    world,
    user,
    (text, session) => {
      if (!text.startsWith('NOOP')) return undefined
      hidden = session.listen()
      return `227 Entering Passive Mode (${session.numbers(port(hidden))}).\r\n`
    },
    async ({ client }) => {
      const reply = await client.ask('NOOP')
      if (reply === 'hang' || reply === 'closed') return reply
      const told = announced(reply, world.door.address)
      const tried = [told, endpoint(world.door.address, port(hidden))]
      for (const at of tried) {
        if (at === undefined || at.address === world.serverAddress) continue
        const incoming = await client.open(at, CLIENT[4]).catch(() => undefined)
        if (incoming === undefined) continue
        client.send('RETR file\r\n')
        if ((await incoming.all(2_000)).equals(PAYLOAD)) return 'pinhole'
      }
      await sleep(0)
      return /^[45]/.test(reply) ? 'refused' : 'withheld'
    },
  )
}
