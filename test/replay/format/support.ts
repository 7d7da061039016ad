/** One small capture, through any output. */
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import type { Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { permissiveRuleset } from '../../../src/replay/door.ts'
import type { ReplaySink } from '../../../src/replay/record.ts'
import { Replay } from '../../../src/replay/replay.ts'
import { CaptureScript, LOGIN } from '../played.ts'

/** Two sessions at the same time: a transfer, and an announcement that is refused. */
export function smallCapture(): Buffer {
  const script = new CaptureScript()
  const one = script.connect('192.0.2.10:40000', '198.51.100.20:21').open()
  const other = script.connect('192.0.2.11:40000', '198.51.100.20:21').open()
  one.say(...LOGIN, '> PASV', '< 227 ok (198,51,100,20,156,64)')
  other.say(...LOGIN, '> PORT 198,51,100,66,0,80', '< 200 ok')
  const data = script.connect('192.0.2.10:40001', '198.51.100.20:40000').open()
  one.say('> RETR a', '< 150 here')
  data.bytes(1, Buffer.alloc(50)).close()
  one.say('< 226 done', '> QUIT', '< 221 bye').close()
  other.say('> QUIT', '< 221 bye').close()
  return script.file
}

export function replayTo(sinks: readonly ReplaySink[], rulesets: readonly Ruleset[] = []): void {
  const replay = new Replay(
    sinks.map((sink, index) => ({
      evaluator: createEvaluator(rulesets[index] ?? permissiveRuleset()),
      sink,
    })),
  )
  replay.push(smallCapture())
  replay.finish()
}
