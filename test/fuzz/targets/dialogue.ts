/** A whole session: both sides, time and data connections, under the invariants and the oracle. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isKnownVerb } from '../../../src/engine/ftp/verb.ts'
import type { PacketLogRecord } from '../../../src/engine/session/record.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from '../../engine/tls/support/hand-made.ts'
import { type Said, thenClear } from '../../engine/tls/support/recording.ts'
import { cutAtFractions } from '../../support/cuts.ts'
import { type Dialogue, readDialogues, type Step } from '../../support/golden.ts'
import { latin1 } from '../../support/bytes.ts'
import { partsOf, readInput, SETTINGS, writeInput } from '../dialogue-input.ts'
import { DIALOGUE_WORDS } from '../dialogue-words.ts'
import { breachesOf, summary, watch } from '../outcome.ts'
import type { Run, Target } from '../target.ts'

const GOLDEN = 'test/fixtures/dialogues'
/** Transcripts of real sessions, read where they are. They are other people's. */
const RECORDED = '../shared/corpus/transcripts'
const RECORDED_STEPS_MAX = 60

export const dialogue: Target = {
  name: 'dialogue',
  seeds,
  parts: partsOf,
  dictionary: DIALOGUE_WORDS,

  run(input) {
    const played = readInput(input)
    const whole = watch(played)
    const before = summary(whole)
    const cut = summary(watch(played, cutAtFractions(places(input))))
    const breaches = breachesOf(played, whole)
    if (cut !== before) breaches.push(`cut, it went otherwise: ${difference(before, cut)}`)
    return { breaches, features: featuresOf(whole.records) }
  },

  show(input) {
    const played = readInput(input)
    const { transcript } = watch(played)
    return [`setting ${JSON.stringify(played.options)}`, ...transcript.split('\n')]
  },
}

/** Where the writes are cut follows from the input, so that the input alone decides. */
function places(input: Uint8Array): readonly (readonly number[])[] {
  const sum = input.reduce((total, byte) => (total * 31 + byte) % 65_521, 7)
  return [[(sum % 97) / 97], [], [(sum % 89) / 89, (sum % 83) / 83], [(sum % 79) / 79]]
}

function difference(before: string, after: string): string {
  const lines = after.split('\n')
  const at = before.split('\n').findIndex((line, index) => line !== lines[index])
  return `${before.split('\n')[at]?.trim()} / ${lines[at]?.trim()}`
}

/** Which records there were, and which came right after which. */
function featuresOf(records: readonly PacketLogRecord[]): Run['features'] {
  const names = records.map(nameOf)
  return [...names, ...names.slice(1).map((name, index) => `${names[index]} > ${name}`)]
}

function nameOf(record: PacketLogRecord): string {
  const verb = 'verb' in record ? record.verb : undefined
  return [
    record.type,
    'reason' in record ? record.reason : '',
    'code' in record ? record.code : '',
    verb === undefined || isKnownVerb(verb) ? verb : '?',
  ].join(' ')
}

function seeds(): readonly Uint8Array[] {
  const golden = dialoguesIn(GOLDEN, false)
  const recorded = existsSync(RECORDED) ? dialoguesIn(RECORDED, true) : []
  const settings = [...SETTINGS.keys()]
  return [
    ...golden.map(({ steps, options }) =>
      writeInput(steps, options.profile?.lineEnding === 'tolerant' ? 1 : familyOf(options.client)),
    ),
    ...recorded.map(({ steps }) => writeInput(withData(steps).slice(0, RECORDED_STEPS_MAX), 1)),
    ...settings.map((setting) => writeInput(SESSION, setting)),
    ...settings.flatMap((setting) => TLS.map((steps) => writeInput(steps, setting))),
  ]
}

function familyOf(client = ''): number {
  return client.startsWith('[') ? 5 : 0
}

function dialoguesIn(folder: string, isRecorded: boolean): Dialogue[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .toSorted()
    .flatMap((file) => readDialogues(file, readFileSync(`${folder}/${file}`, 'utf8'), isRecorded))
}

/** A recorded transcript has no data connections: somebody comes after each 150. */
function withData(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] =>
    step.type === 'write' && step.side === 'server' && Buffer.from(step.bytes).includes('150 ')
      ? [{ type: 'data', from: 'client' }, { type: 'data', from: 'server' }, step]
      : [step],
  )
}

function say(side: 'client' | 'server', text: string): Step {
  return { type: 'write', side, bytes: latin1(text) }
}

const SESSION: readonly Step[] = [
  say('server', '220 x\r\n'),
  say('client', 'USER u\r\n'),
  say('server', '331 p\r\n'),
  say('client', 'PASS p\r\n'),
  say('server', '230 in\r\n'),
  say('client', 'EPSV\r\n'),
  say('server', '229 ok (|||40001|)\r\n'),
  { type: 'data', from: 'client' },
  say('client', 'RETR f\r\n'),
  say('server', '150 go\r\n'),
  { type: 'end', toClient: 3, toServer: 0 },
  say('server', '226 done\r\n'),
  say('client', 'QUIT\r\n'),
  say('server', '221 bye\r\n'),
]

const AUTH: readonly Step[] = [
  say('server', '220 x\r\n'),
  say('client', 'AUTH TLS\r\n'),
  say('server', '234 ok\r\n'),
]

const PASSIVE: readonly Step[] = [
  say('client', 'PASV\r\n'),
  say('server', '227 ok (10,0,0,20,156,64)\r\n'),
  { type: 'data', from: 'client' },
]

/** AUTH and a handshake; then clear again, and a data connection. */
const TLS: readonly (readonly Step[])[] = [ESTABLISHED_12, ESTABLISHED_13].flatMap(
  (established) => {
    const record = (side: Said['side']): Said => ({ side, bytes: latin1('\x17\x03\x03\0\x02ab') })
    const talked = [...established, record('client'), record('server')]
    const writes = (said: readonly Said[]): Step[] => said.map((one) => ({ type: 'write', ...one }))
    return [
      [...AUTH, ...writes(established)],
      [
        ...AUTH,
        ...writes(thenClear(talked, 'client', 'NOOP\r\n')),
        say('server', '200 ok\r\n'),
        ...PASSIVE,
      ],
    ]
  },
)
