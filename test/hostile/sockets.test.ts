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

/** A case that joins them is one less that is seen on a real connection: it takes a good reason. */
const IN_THE_ENGINE_ALONE = ['B7', 'B7', 'B16']

test('all but these are played on sockets; why not these is told', ({ task }) => {
  const alone = TRANSCRIPTS.filter(({ engineOnly }) => engineOnly !== undefined)
  const lines = alone.map(({ id, title, engineOnly }) => `  ${id} ${title}: ${engineOnly}`)
  task.meta.summary = [`Transcripts played in the engine alone: ${alone.length}`, ...lines].join(
    '\n',
  )
  expect(alone.map(({ id }) => id)).toEqual(IN_THE_ENGINE_ALONE)
})
