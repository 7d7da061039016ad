/** The hostile-peer transcripts against the pure engine, as they stand and with every single cut. */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { cutOnce } from '../support/cuts.ts'
import { outcomeOf } from '../support/golden.ts'
import { breaches } from '../support/invariants.ts'
import { ENGINE_HOSTS, playInEngine } from '../support/transcript/engine-player.ts'
import { toAddresses } from '../support/transcript/symbols.ts'
import { abridged, expectedOf, type Transcript } from '../support/transcript/transcript.ts'
import { named, TRANSCRIPTS } from './transcripts/all.ts'

/** In a longer write the cuts are near its ends: what is between is more of the same. */
const EDGE_BYTES = 50

function cutsOf({ dialogue }: Transcript): [ordinal: number, at: number][] {
  const writes = dialogue.filter((turn) => 'bytes' in turn)
  const isNew = (bytes: string, ordinal: number): boolean =>
    writes.findIndex((write) => write.bytes === bytes) === ordinal
  return writes.flatMap(({ bytes, cut }, ordinal) => {
    if (cut !== undefined || !isNew(bytes, ordinal)) return []
    const { length } = toAddresses(bytes, ENGINE_HOSTS)
    const places = Array.from({ length }, (_, at) => at).slice(1)
    return places
      .filter((at) => at <= EDGE_BYTES || at >= length - EDGE_BYTES)
      .map((at): [number, number] => [ordinal, at])
  })
}

describe.each(named(TRANSCRIPTS))('%s', (_, transcript) => {
  const expected = expectedOf(transcript)

  test('comes out as it should, and breaks no invariant', () => {
    const { seen, talk } = playInEngine(transcript)
    expect(abridged(seen, expected)).toEqual(expected)
    expect(breaches(outcomeOf(talk))).toEqual([])
  })

  test('is the same with every single cut', () => {
    for (const [ordinal, at] of cutsOf(transcript)) {
      const seen = abridged(playInEngine(transcript, cutOnce(ordinal, at)).seen, expected)
      // The matcher of the test runner takes longer than the session.
      if (!isDeepStrictEqual(seen, expected))
        expect(seen, `write ${ordinal} cut before ${at}`).toEqual(expected)
    }
  })
})
