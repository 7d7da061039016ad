/** Every transcript, by part of the catalogue. */
import type { Transcript } from '../../support/transcript/transcript.ts'
import { ARGUMENTS } from './arguments.ts'
import { BOUNCE } from './bounce.ts'
import { CROSS_PROTOCOL } from './cross-protocol.ts'
import { DATA_OWNERSHIP } from './data-ownership.ts'
import { FRAMING } from './framing.ts'
import { LIMITS } from './limits.ts'
import { MALICIOUS_SERVER } from './malicious-server.ts'
import { SECURITY } from './security.ts'
import { STATE_MACHINE } from './state-machine.ts'

/** By the file that they are in. */
export const PARTS: ReadonlyMap<string, readonly Transcript[]> = new Map([
  ['bounce.ts', BOUNCE],
  ['malicious-server.ts', MALICIOUS_SERVER],
  ['data-ownership.ts', DATA_OWNERSHIP],
  ['cross-protocol.ts', CROSS_PROTOCOL],
  ['framing.ts', FRAMING],
  ['arguments.ts', ARGUMENTS],
  ['state-machine.ts', STATE_MACHINE],
  ['security.ts', SECURITY],
  ['limits.ts', LIMITS],
])

export const TRANSCRIPTS: readonly Transcript[] = [...PARTS.values()].flat()

/** Each with the name of its tests, which begins with the id. */
export function named(transcripts: readonly Transcript[]): [name: string, Transcript][] {
  return transcripts.map((transcript) => [
    `${transcript.id} ${shown(transcript.title)}`,
    transcript,
  ])
}

/** Bytes of a title that a terminal would act upon, as numbers. */
function shown(title: string): string {
  return title.replace(
    /[^ -~]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
