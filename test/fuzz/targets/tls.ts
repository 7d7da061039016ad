/** The observer of TLS records and handshakes; parts are what either side says in turn. */
import { textOf } from '../../support/bytes.ts'
import {
  applicationData,
  CHANGE_CIPHER_SPEC,
  record,
} from '../../engine/tls/support/hello-bytes.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from '../../engine/tls/support/hand-made.ts'
import { cutAt, differing, drip, observe } from '../../engine/tls/support/observation.ts'
import { bytesOf, type Said, thenClear } from '../../engine/tls/support/recording.ts'
import { partsOf, readInput, writeInput } from '../dialogue-input.ts'
import type { Target } from '../target.ts'

/** Dripping costs a call for each byte. */
const BYTES_MAX = 3_000

export const tls: Target = {
  name: 'tls',
  seeds: () => [
    inputOf(ESTABLISHED_12),
    inputOf(ESTABLISHED_13),
    inputOf(thenClear(ESTABLISHED_12, 'client', 'PASV\r\n')),
    inputOf(thenClear([...ESTABLISHED_13, ...data()], 'client', 'PASV\r\n')),
  ],
  dictionary: [
    [
      CHANGE_CIPHER_SPEC,
      applicationData(2),
      record(21, Uint8Array.of(1, 0)),
      record(22, Buffer.of()),
    ],
    [record(23, Buffer.of()), record(21, Uint8Array.of(2, 40)), Buffer.from('PASV\r\n')],
  ]
    .flat()
    .map(textOf),
  parts: partsOf,
  show: (input) =>
    saidIn(input).map(({ side, bytes }) => `${side} ${Buffer.from(bytes).toString('hex')}`),

  run(input) {
    const said = saidIn(input)
    const { opaque, clear, violation, facts, progress } = observe(said)
    const breaches: string[] = []
    for (const side of ['client', 'server'] as const) {
      const whole = bytesOf(said, side).toString('latin1')
      const out = opaque[side] + clear[side]
      if (!whole.startsWith(out)) breaches.push(`${side}: what went on is not what came`)
      if (violation === undefined && whole.length - out.length > 4)
        breaches.push(`${side}: more than a header is held back`)
    }
    const middle = Math.floor(input.length / 2)
    if (differing(said, [drip(said), cutAt(said, [middle, middle + 3])]).length > 0)
      breaches.push('cut, it is seen otherwise')
    const seen = facts.map((fact) => ('side' in fact ? `${fact.type} ${fact.side}` : fact.type))
    return { breaches, features: [...seen, progress, `${violation?.reason} ${violation?.detail}`] }
  },
}

function data(): Said[] {
  return (['client', 'server'] as const).map((side) => ({ side, bytes: applicationData(30) }))
}

function inputOf(said: readonly Said[]): Uint8Array {
  return writeInput(
    said.map((one) => ({ type: 'write', ...one })),
    0,
  )
}

function saidIn(input: Uint8Array): Said[] {
  return readInput(input.subarray(0, BYTES_MAX)).steps.flatMap((step) =>
    step.type === 'write' ? [{ side: step.side, bytes: step.bytes }] : [],
  )
}
