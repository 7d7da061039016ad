/**
 * A dialogue as bytes, so that mutation knows nothing of dialogues: the first byte chooses the
 * setting, and each step is `01 D5 CA 7A` (which separates packets in fuzzers of other inspectors,
 * too), a letter, and what belongs to it.
 */
import { latin1, textOf } from '../support/bytes.ts'
import type { ConversationOptions } from '../support/conversation.ts'
import type { Dialogue, Step } from '../support/golden.ts'
import { ports } from '../support/rules.ts'

export const SEPARATOR = '\x01\xd5\xca\x7a'

/** More steps bring nothing new, and cost time. */
const STEPS_MAX = 120

const v4 = { client: '198.51.100.10:40000', server: '10.0.0.20:21' } as const
const v6 = {
  client: '[2001:db8:1::10]:40000',
  local: '[2001:db8:203::1]:21',
  server: '[2001:db8:2::20]:21',
  serverLocal: '[2001:db8:10::1]:41000',
} as const
const { client, server } = v4

/** The settings that a dialogue is played in. */
export const SETTINGS: readonly ConversationOptions[] = [
  { client, profile: { lineEnding: 'strict' } },
  { client, profile: { lineEnding: 'tolerant' } },
  { client, kernel: 'front-door', profile: { lineEnding: 'strict' } },
  { client: v6.client, local: v6.local, server },
  { client, server: v6.server, serverLocal: v6.serverLocal },
  v6,
  { client, listener: { serverPassivePorts: ports('40000-40099') } },
  { client, profile: { encryption: 'required', loginAfterCcc: 'none' } },
]

const WAITS = [1, 10, 499, 1_500, 2_500, 29_999, 31_000, 61_000, 901_000]

export function settingOf(input: Uint8Array): ConversationOptions {
  return SETTINGS[(input[0] ?? 0) % SETTINGS.length] ?? {}
}

export function partsOf(input: Uint8Array): readonly Uint8Array[] {
  return textOf(input)
    .split(SEPARATOR)
    .map((part, index) => latin1(index === 0 ? part : SEPARATOR + part))
}

/** Every input is a dialogue; steps that are none are left out. */
export function readInput(input: Uint8Array): Dialogue {
  const steps = textOf(input)
    .split(SEPARATOR)
    .slice(1, STEPS_MAX + 1)
    .flatMap(readStep)
  return { name: 'fuzz', options: settingOf(input), steps, isRecorded: false }
}

function readStep(part: string): Step[] {
  const [letter, rest, number] = [part[0], part.slice(1), part.charCodeAt(1) || 0]
  switch (letter) {
    case 'C':
    case 'S':
      return [{ type: 'write', side: letter === 'C' ? 'client' : 'server', bytes: latin1(rest) }]
    case 'D':
      return [{ type: 'data', from: number % 2 === 0 ? 'client' : 'server' }]
    case 'E':
      return [{ type: 'end', toClient: number, toServer: 0 }]
    case 'W':
      return [{ type: 'wait', milliseconds: WAITS[number % WAITS.length] ?? 1 }]
    case 'X': {
      const cause = number % 4 < 2 ? 'end' : 'reset'
      return [{ type: 'close', side: number % 2 === 0 ? 'client' : 'server', cause }]
    }
    default:
      return []
  }
}

/** The reverse, as far as there are bytes for it: the setting is given, times become the next longer. */
export function writeInput(steps: readonly Step[], setting: number): Uint8Array {
  const parts = steps.map((step) => SEPARATOR + writeStep(step))
  return latin1(String.fromCharCode(setting) + parts.join(''))
}

function writeStep(step: Step): string {
  switch (step.type) {
    case 'write':
      return (step.side === 'client' ? 'C' : 'S') + textOf(step.bytes)
    case 'data':
      return `D${step.from === 'client' ? '\0' : '\x01'}`
    case 'end':
      return `E${String.fromCharCode(step.toClient % 256)}`
    case 'wait': {
      const index = WAITS.findIndex((time) => time >= step.milliseconds)
      return `W${String.fromCharCode(index === -1 ? WAITS.length - 1 : index)}`
    }
    case 'close':
      return `X${String.fromCharCode((step.side === 'client' ? 0 : 1) + (step.cause === 'end' ? 0 : 2))}`
  }
}
