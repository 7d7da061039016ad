/** Everything that is fuzzed. */
import type { Target } from './target.ts'
import { addresses } from './targets/addresses.ts'
import { capture } from './targets/capture.ts'
import { dialogue } from './targets/dialogue.ts'
import { command, reply } from './targets/lines.ts'
import { packetLog } from './targets/packet-log.ts'
import { rules } from './targets/rules.ts'
import { tls } from './targets/tls.ts'

export const TARGETS: readonly Target[] = [
  command,
  reply,
  addresses,
  tls,
  rules,
  capture,
  packetLog,
  dialogue,
]
