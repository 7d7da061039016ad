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

export const TRANSCRIPTS: readonly Transcript[] = [
  ...BOUNCE,
  ...MALICIOUS_SERVER,
  ...DATA_OWNERSHIP,
  ...CROSS_PROTOCOL,
  ...FRAMING,
  ...ARGUMENTS,
  ...STATE_MACHINE,
  ...SECURITY,
  ...LIMITS,
]
