/**
 * The properties 1, 2, 11, 13 and 14 of the threat catalogue, part 16: those of parsers, of TLS, of
 * rules and of real sockets. Those of dialogues are in `test/engine/hostile/properties.test.ts`.
 */
import { readdirSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  formatExtendedAddress,
  parseExtendedAddress,
  parseExtendedPassiveReply,
} from '../../src/engine/ftp/extended-address.ts'
import { formatHostPort, parseHostPort, parsePassiveReply } from '../../src/engine/ftp/host-port.ts'
import { LineFramer } from '../../src/engine/ftp/line.ts'
import { ReplyAssembler } from '../../src/engine/ftp/reply.ts'
import { sessionId } from '../../src/engine/id.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { passiveReply } from '../../src/engine/session/passive-set-up.ts'
import { RecordFramer } from '../../src/engine/tls/record.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip, ipFromBytes } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { evaluateNaively, facts, rules, withRules } from '../engine/rules/rule-sets.ts'
import { ESTABLISHED_13 } from '../engine/tls/support/hand-made.ts'
import { record } from '../engine/tls/support/hello-bytes.ts'
import { dialogues } from '../support/arbitraries.ts'
import { latin1, textOf } from '../support/bytes.ts'
import { at, Conversation } from '../support/conversation.ts'
import { cutAtFractions } from '../support/cuts.ts'
import { play, type Step } from '../support/golden.ts'
import { evaluatorOf } from '../support/conversation-options.ts'
import { eventually, startFront } from '../support/proxy-in-process.ts'
import { underTls } from '../support/tls-dialogue.ts'
import { summary } from './outcome.ts'
import { runSafely } from './target.ts'
import { Tally } from './tally.ts'
import { TARGETS } from './targets.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

const tally = new Tally()

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ipFromBytes([...bytes]))
const ipv6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => ipFromBytes([...bytes]))
  .filter((address) => address.includes(':'))
const anyPort = fc.integer({ min: 1, max: 65_535 }).map(port)
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })

test('property 1: what is written is read as the same', () => {
  const property = fc.property(ipv4, fc.oneof(ipv4, ipv6), anyPort, (host, any, number) => {
    const there = endpoint(host, number)
    expect(parseHostPort(latin1(formatHostPort(host, number)))).toMatchObject({ value: there })
    expect(parsePassiveReply(passiveReply('227', host, number).subarray(4, -2))).toMatchObject({
      value: there,
    })
    expect(
      parseExtendedPassiveReply(passiveReply('229', host, number).subarray(4, -2)),
    ).toMatchObject({ value: number })
    const anywhere = endpoint(any, number)
    const written = formatExtendedAddress(anywhere)
    const read = parseExtendedAddress(latin1(written))
    expect(read).toMatchObject({ value: { endpoint: anywhere } })
    if (read.type === 'complete') expect(formatExtendedAddress(read.value.endpoint)).toBe(written)
  })
  tally.holds('1', property, 700)
})

describe('property 2: parsers answer whatever they are given', () => {
  test.each(TARGETS.filter(({ name }) => /command|reply|addresses|tls/.test(name)))(
    'property 2: $name',
    (target) => {
      const words = fc.constantFrom(...target.dictionary).map(latin1)
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        words,
        fc.constantFrom(...target.seeds()),
      )
      const property = fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
        expect(runSafely(target, Buffer.concat(parts)).breaches).toEqual([])
      })
      tally.holds('2', property, 200)
    },
  )
})

describe('property 13: TLS', () => {
  const body = fc.uint8Array({ minLength: 1, maxLength: 300 })
  const records = fc.array(fc.tuple(fc.integer({ min: 20, max: 23 }), body), { maxLength: 8 })

  test('property 13: records end where they end, wherever they are cut', () => {
    const property = fc.property(records, fractions, (sequence, places) => {
      const seen: string[] = []
      let length = 0
      const reader = {
        bodyBytesMax: 16_384,
        startRecord: ({ contentType }: { readonly contentType: number }): undefined => {
          seen.push(`${contentType}`)
          length = 0
        },
        readBody: (part: Uint8Array, isLast: boolean): undefined => {
          length += part.length
          if (isLast) seen.push(`${length}`)
        },
      }
      const framer = new RecordFramer(reader, 32)
      const whole = Buffer.concat(sequence.map(([type, bytes]) => record(type, bytes)))
      let clear = ''
      for (const piece of cutAtFractions([places])(Buffer.concat([whole, latin1('PASV\r\n')]), 0)) {
        const { clearFrom, problem } = framer.take(piece)
        expect(problem).toBeUndefined()
        if (clearFrom !== undefined) clear += textOf(piece.subarray(clearFrom))
      }
      expect(seen).toEqual(sequence.flatMap(([type, bytes]) => [`${type}`, `${bytes.length}`]))
      expect(clear).toBe('PASV\r\n')
    })
    tally.holds('13', property, 500)
  })

  test('property 13: T1 what is opaque reaches no parser', () => {
    const parsers = [
      vi.spyOn(LineFramer.prototype, 'push'),
      vi.spyOn(LineFramer.prototype, 'next'),
      vi.spyOn(ReplyAssembler.prototype, 'take'),
    ]
    const side = fc.constantFrom<'client' | 'server'>('client', 'server')
    const inside = fc.oneof(
      body,
      fc.constantFrom('PASV\r\n', '227 x (10,0,0,20,156,64)\r\n').map(latin1),
    )
    const said = fc.array(fc.tuple(side, inside, fractions), { minLength: 1, maxLength: 6 })
    const property = fc.property(said, (chunks) => {
      const talk = underTls(ESTABLISHED_13)
      talk.takeSentTo('client')
      talk.takeSentTo('server')
      const passed = { client: '', server: '' }
      for (const parser of parsers) parser.mockClear()
      for (const [from, bytes, places] of chunks) {
        const whole = record(23, bytes)
        passed[from === 'client' ? 'server' : 'client'] += textOf(whole)
        for (const piece of cutAtFractions([places])(whole, 0)) talk[from](piece)
      }
      for (const parser of parsers) expect(parser).not.toHaveBeenCalled()
      expect(talk.sentTo('server')).toBe(passed.server)
      expect(talk.sentTo('client')).toBe(passed.client)
      expect(talk.effectsOf('openPinhole')).toEqual([])
    })
    tally.holds('13', property, 200)
    // They do see what is clear.
    new Conversation().server('220 x\r\n')
    for (const parser of parsers) expect(parser).toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})

describe('property 14: rules', () => {
  test('property 14: the index decides as a walk through the rules does', () => {
    const property = fc.property(rules, fc.array(facts, { maxLength: 8 }), (list, questions) => {
      const evaluator = createEvaluator(withRules(list))
      for (const asked of questions)
        expect(evaluator.evaluate(asked)).toEqual(evaluateNaively(list, asked))
    })
    tally.holds('14', property, 300)
  })

  test('property 14: new rules change no session that runs, and every one that begins', () => {
    const property = fc.property(dialogues, fc.nat({ max: 20 }), (dialogue, when) => {
      const whole = summary(play(dialogue))
      const talk = new Conversation(dialogue.options)
      const steps: readonly Step[] = dialogue.steps
      const place = when % (steps.length + 1)
      play({ ...dialogue, steps: steps.slice(0, place) }, undefined, talk)
      const { ruleset } = evaluatorOf(dialogue.options)
      const none = createEvaluator({ ...ruleset, rules: [], profiles: new Map() })
      talk.handle({ type: 'rulesReplaced', evaluator: none })
      const rest = { ...dialogue, steps: steps.slice(place) }
      expect(summary(play(rest, undefined, talk))).toBe(whole)
      const client = at('198.51.100.10:40009')
      const local = at('203.0.113.1:21')
      const session = sessionId('s2')
      talk.handle({ type: 'clientConnected', session, listener: 'front-door', client, local })
      expect(talk.recordsOf('session.refused').map(({ reason }) => reason)).toEqual(['rule.none'])
    })
    tally.holds('14', property, 300)
  })
})

describe('property 11: real sockets', () => {
  /** What this process has open. */
  function descriptors(): number {
    return readdirSync('/proc/self/fd').length
  }

  /** A server that says what the dialogue says, whoever comes. */
  async function scriptedServer(said: { replies: readonly Uint8Array[] }): Promise<{
    readonly at: ReturnType<typeof endpoint>
    /** Every connection is closed. */
    leave(): void
    close(): void
  }> {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      const replies = [...said.replies]
      const next = (): void => void socket.write(replies.shift() ?? '500 x\r\n')
      next()
      socket.on('data', next)
    })
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('no address')
    return {
      at: endpoint(ip('127.0.0.1'), port(bound.port)),
      leave,
      close: () => void server.close(),
    }

    function leave(): void {
      for (const socket of sockets.splice(0)) socket.destroy()
    }
  }

  async function connected(number: number): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: number })
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    await new Promise((resolve) => socket.once('connect', resolve))
    return socket
  }

  test('property 11: timers, tables and descriptors are what they were before', async () => {
    const said: { replies: readonly Uint8Array[] } = { replies: [] }
    const server = await scriptedServer(said)
    const front = await startFront(server.at)
    const of = (type: string): number => front.log.types().filter((one) => one === type).length
    const sampled = fc.sample(dialogues, { numRuns: 60, seed: 11 })
    let before = { descriptors: 0, timers: 0 }
    for (const [index, dialogue] of sampled.entries()) {
      const writes = dialogue.steps.filter((step) => step.type === 'write')
      said.replies = writes.filter(({ side }) => side === 'server').map(({ bytes }) => bytes)
      const socket = await connected(front.endpoint.port)
      await eventually(() => of('session.open') === index + 1, 'the session begins')
      for (const { side, bytes } of writes) {
        if (side === 'client') socket.write(bytes)
        await new Promise((resolve) => setImmediate(resolve))
      }
      socket.resetAndDestroy()
      // A client that is gone may be owed a reply; a server that is gone owes nothing.
      server.leave()
      if (index > 0) continue
      // What is opened once and for all is open after the first.
      await eventually(() => of('session.close') === 1, 'the first session ends')
      before = { descriptors: descriptors(), timers: timers() }
    }
    await eventually(() => of('session.close') === sampled.length, 'every session ends')
    await eventually(() => descriptors() <= before.descriptors, 'descriptors are given back')
    await eventually(() => timers() <= before.timers, 'no timer is left')
    expect(of('pinhole.close')).toBe(of('pinhole.open'))
    await front.proxy.close()
    server.close()

    function timers(): number {
      return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    }
  })
})

test('so many times', ({ task }) => {
  expect(tally.total).toBeGreaterThanOrEqual(2_500)
  task.meta.summary = `parts: ${tally.summary}`
})
