/**
 * The engine by itself, in this process: no socket, no file, no timer. Beside it, what has to be done at
 * the least: lines cut but not read, bytes copied but not looked at.
 */
import { LineFramer } from '../../src/engine/ftp/line.ts'
import { ESTABLISHED_12 } from '../../test/engine/tls/support/hand-made.ts'
import { applicationData } from '../../test/engine/tls/support/hello-bytes.ts'
import { AUTH } from '../../test/support/tls-dialogue.ts'
import type { Comparison } from '../comparison.ts'
import {
  hostOf,
  openSessions,
  openWorld,
  PlayedSession,
  playCommands,
  playSession,
} from '../engine/sessions.ts'
import { contest, way } from '../contest.ts'
import { cpuMilliseconds, perSecond, quantile } from './speed.ts'

const COMMANDS = 1000
const LENGTHS = [100, 1_000, 10_000]
const TIMED_COMMANDS = 1000
const SAMPLES = 7
const REHEARSED_SESSIONS = 1000
const RECORD = applicationData(16_384)
/** Between two looks at the clock. */
const BATCH = 100

export function compareLines(rounds: number): Promise<Comparison> {
  const lines = Buffer.from('CWD pub/releases\r\n250 Directory changed\r\n'.repeat(COMMANDS))
  return contest(
    {
      id: 'engine-lines',
      title: 'Engine alone: lines of control connections a second of CPU',
      figure: 'lines/s',
      isMoreBetter: true,
    },
    rounds,
    [
      way('Portcullis', () => {
        const session = openSession()
        return {
          'lines/s': perSecond(() => {
            playCommands(session, COMMANDS)
            return 2 * COMMANDS
          }),
        }
      }),
      way('lines cut, not read', () => ({ 'lines/s': perSecond(() => cutLines(lines)) })),
    ],
  )
}

export function compareTls(rounds: number): Promise<Comparison> {
  return contest(
    {
      id: 'engine-tls',
      title: 'Engine alone: bytes of TLS a second of CPU',
      figure: 'GB/s',
      isMoreBetter: true,
    },
    rounds,
    [
      way('Portcullis', () => {
        const session = new PlayedSession(openWorld())
        for (const { side, bytes } of [...AUTH, ...ESTABLISHED_12]) session.say(side, bytes)
        return {
          'GB/s': perSecond(() => {
            for (let sent = 0; sent < BATCH; sent++) session.say('server', RECORD)
            return (BATCH * RECORD.length) / 1e9
          }),
        }
      }),
      way('bytes copied', () => ({
        'GB/s': perSecond(() => {
          for (let sent = 0; sent < BATCH; sent++) RECORD.slice()
          return (BATCH * RECORD.length) / 1e9
        }),
      })),
    ],
  )
}

export function compareSessionsAlone(rounds: number): Promise<Comparison> {
  // The compiler takes its time over so much code, and the first to be measured would pay for it.
  const rehearsal = openWorld()
  for (let number = 0; number < REHEARSED_SESSIONS; number++) playSession(rehearsal, hostOf(number))
  return contest(
    {
      id: 'engine-sessions',
      title: 'Engine alone: sessions with a login and four transfers, a second of CPU',
      figure: 'sessions/s',
      isMoreBetter: true,
    },
    rounds,
    [0, 1_000].map((others) =>
      way(`Portcullis, ${others} others open`, () => {
        const world = openWorld()
        openSessions(world, others)
        let number = others
        const rate = perSecond(() => {
          number += 1
          playSession(world, hostOf(number))
          return 1
        })
        return { 'sessions/s': rate, 'µs/session': 1e6 / rate }
      }),
    ),
  )
}

/** What the last of many commands costs is what the first does. */
export function compareLengths(rounds: number): Promise<Comparison> {
  return contest(
    {
      id: 'engine-length',
      title: 'Engine alone: CPU time of a command and its reply, late in a session',
      figure: 'µs/command',
      isMoreBetter: false,
    },
    rounds,
    LENGTHS.map((length) =>
      way(`after ${length} commands`, () => ({ 'µs/command': costAfter(length) })),
    ),
  )
}

function costAfter(length: number): number {
  const samples: number[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    const session = openSession()
    playCommands(session, length)
    const start = cpuMilliseconds()
    playCommands(session, TIMED_COMMANDS)
    samples.push(((cpuMilliseconds() - start) * 1000) / TIMED_COMMANDS)
  }
  return quantile(samples, 0.5)
}

function openSession(): PlayedSession {
  const session = new PlayedSession(openWorld())
  session.login()
  return session
}

function cutLines(bytes: Uint8Array): number {
  const framer = new LineFramer(4096, 'strict')
  framer.push(bytes)
  let lines = 0
  while (framer.next() !== undefined) lines += 1
  return lines
}
