/** Capture files, through the whole of a replay. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import { permissiveRuleset } from '../../../src/replay/door.ts'
import type { ReplayRecord } from '../../../src/replay/record.ts'
import { Replay } from '../../../src/replay/replay.ts'
import { CaptureScript, LOGIN } from '../../replay/played.ts'
import type { Target } from '../target.ts'

const CORPUS = '../shared/corpus'
/** Larger ones are mostly more of the same. */
const FILE_BYTES_MAX = 12_000
const PIECE_BYTES = 61

const evaluator = createEvaluator(permissiveRuleset())

export const capture: Target = {
  name: 'capture',
  seeds: () => [scripted(), ...recorded()],
  dictionary: [
    [
      '\xa1\xb2\xc3\xd4',
      '\xd4\xc3\xb2\xa1',
      '\xa1\xb2\x3c\x4d',
      '\x0a\x0d\x0d\x0a',
      '\x1a\x2b\x3c\x4d',
    ],
    [
      '\0\0\0\0',
      '\xff\xff\xff\xff',
      '\x06\0\0\0',
      '\x08\0\x45\0',
      '\x86\xdd\x60',
      'PASV\r\n',
      '227 ',
    ],
  ].flat(),
  parts: framesOf,
  show: (input) => [`${input.length} bytes of a capture`, Buffer.from(input).toString('hex')],

  run(input) {
    const whole = replay(input, input.length)
    const breaches =
      JSON.stringify(whole) === JSON.stringify(replay(input, PIECE_BYTES))
        ? []
        : ['cut, it is read otherwise']
    return { breaches, features: whole.map(featureOf) }
  },
}

function replay(file: Uint8Array, pieceBytes: number): readonly ReplayRecord[] {
  const records: ReplayRecord[] = []
  const played = new Replay([
    { evaluator, sink: { record: (record) => void records.push(record) } },
  ])
  for (let at = 0; at < file.length; at += pieceBytes)
    played.push(file.subarray(at, at + pieceBytes))
  played.finish()
  return records
}

function featureOf(record: ReplayRecord): string {
  const { type, ...rest } = record
  return [type, 'reason' in rest ? rest.reason : '', 'problem' in rest ? rest.problem : ''].join(
    ' ',
  )
}

function scripted(): Uint8Array {
  const script = new CaptureScript()
  const control = script
    .connect('192.0.2.10:40000', '198.51.100.20:21')
    .open()
    .say(...LOGIN)
  control.say('> PASV', '< 227 ok (198,51,100,20,156,64)')
  script.connect('192.0.2.10:40001', '198.51.100.20:40000').open().say('< data').close()
  control.say('> RETR f', '< 150 go', '< 226 done', '> QUIT', '< 221 bye').close()
  return script.file
}

function recorded(): Uint8Array[] {
  if (!existsSync(CORPUS)) return []
  return readdirSync(CORPUS)
    .filter((file) => /\.pcap(?:ng)?$/.test(file))
    .map((file) => `${CORPUS}/${file}`)
    .filter((path) => statSync(path).size <= FILE_BYTES_MAX)
    .map((path) => readFileSync(path))
}

/** The header of a pcap file and its frames; pcapng is one part. */
function framesOf(input: Uint8Array): readonly Uint8Array[] {
  const file = Buffer.from(input)
  const isLittle = file.length > 4 && file.readUInt32LE(0) === 0xa1b2c3d4
  const isBig = file.length > 4 && file.readUInt32BE(0) === 0xa1b2c3d4
  if (!isLittle && !isBig) return [input]
  const parts = [file.subarray(0, 24)]
  for (let at = 24; at < file.length; ) {
    const header = file.subarray(at, at + 16)
    const length =
      header.length < 16 ? 0 : isLittle ? header.readUInt32LE(8) : header.readUInt32BE(8)
    parts.push(file.subarray(at, at + 16 + length))
    at += 16 + length
  }
  return parts
}
