/**
 * What the engine is asked to do while it is counted. What a dialogue needs is made first and not
 * counted. Each is the same every time, to the byte.
 */
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { load } from '../../src/engine/rules/load.ts'
import { GENESIS } from '../../src/record/hash-chain.ts'
import { SealingQueue } from '../../src/shell/packet-log/sealing-queue.ts'
import { ESTABLISHED_12 } from '../../test/engine/tls/support/hand-made.ts'
import { applicationData } from '../../test/engine/tls/support/hello-bytes.ts'
import { AUTH, recordedCcc, type Said } from '../../test/support/tls-dialogue.ts'
import { questionsTo, rulesetOf } from '../engine/many-rules.ts'
import {
  hostOf,
  openSessions,
  openWorld,
  PlayedSession,
  playCommands,
  playSession,
} from '../engine/sessions.ts'

export interface Dialogue {
  readonly name: string
  /** The same and small, for what V8 does when code runs for the first time. */
  readonly rehearse: Prepare
  /** Answers with what is counted. */
  readonly prepare: Prepare
}

type Prepare = () => (() => void) | Promise<() => void>

const KIBIBYTE = 1024
const TLS_RECORD_BYTES = 16_384

export const DIALOGUES: readonly Dialogue[] = [
  ...sized(playSessions, 1, [
    ['20 sessions', 0],
    ['20 sessions among 10 others', 10],
    ['20 sessions among 1000 others', 1000],
  ]),
  ...sized(playLongSession, 100, [
    ['1000 commands', 1000],
    ['2000 commands', 2000],
  ]),
  ...sized(playPipeline, 100, [
    ['1000 commands in one segment', 1000],
    ['2000 commands in one segment', 2000],
  ]),
  ...sized(playBadLines, 1, [['500 lines that are refused', 50]]),
  ...sized(dripReply, KIBIBYTE, [
    ['16 KiB of a reply, byte by byte', 16 * KIBIBYTE],
    ['32 KiB of a reply, byte by byte', 32 * KIBIBYTE],
  ]),
  ...sized(dripCommand, 100, [['a command of 4 KiB, byte by byte', 4 * KIBIBYTE]]),
  ...sized((records: number) => playTls(records, TLS_RECORD_BYTES + 5), 1, [
    ['1 MiB of TLS', 32],
    ['2 MiB of TLS', 64],
  ]),
  ...sized((records: number) => playTls(records, 1), 1, [['32 KiB of TLS, byte by byte', 1]]),
  ...sized(playCcc, 4, [['TLS handshake, CCC, 100 commands', 100]]),
  ...sized(askRules, 10, [
    ['1000 verdicts of 10 rules', 10],
    ['1000 verdicts of 10000 rules', 10_000],
  ]),
  ...sized(compileRules, 10, [
    ['1000 rules compiled', 1000],
    ['2000 rules compiled', 2000],
  ]),
  ...sized(loadRules, 10, [
    ['a file of 100 rules loaded', 100],
    ['a file of 200 rules loaded', 200],
  ]),
  ...sized(sealRecords, 200, [
    ['1000 records sealed', 1000],
    ['2000 records sealed', 2000],
  ]),
]

/** The same at some sizes. */
function sized(
  prepare: (size: number) => ReturnType<Prepare>,
  small: number,
  sizes: readonly (readonly [name: string, size: number])[],
): readonly Dialogue[] {
  return sizes.map(([name, size]) => ({
    name,
    rehearse: () => prepare(small),
    prepare: () => prepare(size),
  }))
}

/** Whole sessions, while others are in the middle of theirs. */
function playSessions(others: number): () => void {
  const world = openWorld()
  openSessions(world, others)
  return () => {
    for (let number = 0; number < 20; number++) playSession(world, hostOf(others + number))
  }
}

function openSession(): PlayedSession {
  const session = new PlayedSession(openWorld())
  session.login()
  return session
}

function playLongSession(commands: number): () => void {
  const session = openSession()
  return () => playCommands(session, commands)
}

/** The client does not wait for any reply. */
function playPipeline(commands: number): () => void {
  const session = openSession()
  const segment = bytes('NOOP\r\n'.repeat(commands))
  const reply = bytes('200 Nothing done\r\n')
  return () => {
    session.say('client', segment)
    for (let replies = 0; replies < commands; replies++) session.say('server', reply)
  }
}

/** Ten lines end a session, so there are many. */
function playBadLines(sessions: number): () => void {
  const world = openWorld()
  const lines = [
    'PORT 10,0,0,66,200,10\r\n',
    'PORT 1,2,3\r\n',
    'EPRT |1|10.0.0.66|80|\r\n',
    'US\0ER root\r\n',
    'USER root\rDELE x\r\n',
    '200 Fine\r\n',
    'SITE EXEC /bin/sh\r\n',
    `${'x'.repeat(100)}\r\n`,
    'LIST\n',
    '\x7f\xff\xfe\r\n',
  ].map(bytes)
  return () => {
    for (let number = 0; number < sessions; number++) {
      const session = new PlayedSession(world, hostOf(number))
      session.login()
      for (const line of lines) session.say('client', line)
    }
  }
}

/** A reply of many lines, as a server of ill will sends it. */
function dripReply(size: number): () => void {
  const session = openSession()
  const command = bytes('STAT pub\r\n')
  const line = ` ${'x'.repeat(125)}\r\n`
  const drops = drip(bytes(`213-Status\r\n${line.repeat(size / line.length)}213 End\r\n`))
  return () => {
    session.say('client', command)
    for (const drop of drops) session.say('server', drop)
  }
}

function dripCommand(size: number): () => void {
  const session = openSession()
  const drops = drip(bytes(`CWD ${'x'.repeat(size - 4)}\r\n`))
  return () => {
    for (const drop of drops) session.say('client', drop)
  }
}

/** Records in both directions, in segments of a size. */
function playTls(records: number, segmentBytes: number): () => void {
  const session = new PlayedSession(openWorld())
  play(session, [...AUTH, ...ESTABLISHED_12])
  const segments = inSegments(applicationData(TLS_RECORD_BYTES), segmentBytes)
  return () => {
    for (let sent = 0; sent < records; sent++)
      for (const side of ['client', 'server'] as const)
        for (const segment of segments) session.say(side, segment)
  }
}

/** The handshake is a real one with a certificate; all that varies is the length of its signature. */
async function playCcc(commands: number): Promise<() => void> {
  const said = await recordedCcc('TLSv1.2')
  const world = openWorld()
  return () => {
    const session = new PlayedSession(world)
    play(session, [...AUTH, ...said])
    playCommands(session, commands)
  }
}

function askRules(rules: number): () => void {
  const evaluator = createEvaluator(rulesetOf(rules))
  const questions = questionsTo(rules, 1000)
  return () => {
    for (const facts of questions) evaluator.evaluate(facts)
  }
}

function compileRules(rules: number): () => void {
  const ruleset = rulesetOf(rules)
  return () => void createEvaluator(ruleset)
}

function loadRules(rules: number): () => void {
  const lines = Array.from(
    { length: rules },
    (_, number) => `  - { permit: control, from: ${hostOf(number)}, to: any }\n`,
  )
  const text = `version: 1\nrules:\n${lines.join('')}`
  return () => {
    if (load([{ name: 'guard.yaml', text }]).ruleset === undefined) throw new Error('unsound rules')
  }
}

function sealRecords(records: number): () => void {
  const body = JSON.stringify({
    time: '2026-11-21T00:00:00.000Z',
    seq: 1,
    type: 'control.command',
    session: 's1',
    client: '198.51.100.10:40000',
    server: '10.0.0.20:21',
    verb: 'RETR',
    argument: 'file.bin',
  })
  const queue = new SealingQueue()
  queue.continueAt(GENESIS, true)
  return () => {
    for (let number = 1; number <= records; number++) {
      queue.push(body)
      while (number % 100 === 0 && queue.records > 0)
        queue.written(queue.next(64 * KIBIBYTE).length)
    }
  }
}

function play(session: PlayedSession, said: readonly Said[]): void {
  for (const { side, bytes: segment } of said) session.say(side, segment)
}

function drip(whole: Uint8Array): readonly Uint8Array[] {
  return inSegments(whole, 1)
}

function inSegments(whole: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.slice(index * size, (index + 1) * size),
  )
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
