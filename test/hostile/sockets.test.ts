/** The hostile-peer transcripts against a running proxy, over TCP on loopback. */
import { expect, test } from 'vitest'
import { playOnSockets } from '../support/transcript/socket-player.ts'
import { abridged, expectedOf } from '../support/transcript/transcript.ts'
import { named, TRANSCRIPTS } from './transcripts/all.ts'

const played = TRANSCRIPTS.filter(({ engineOnly }) => engineOnly === undefined)

test.each(named(played))('%s', async (_, transcript) => {
  const expected = expectedOf(transcript)
  expect(abridged(await playOnSockets(transcript), expected)).toEqual(expected)
})

test('what the engine alone can show is told, with its reason', ({ task }) => {
  const alone = TRANSCRIPTS.filter(({ engineOnly }) => engineOnly !== undefined)
  const lines = alone.map(({ id, title, engineOnly }) => `  ${id} ${title}: ${engineOnly}`)
  task.meta.summary = [`Transcripts played in the engine alone: ${alone.length}`, ...lines].join(
    '\n',
  )
  expect(played.length).toBeGreaterThan(alone.length)
})
