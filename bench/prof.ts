import { mkdtemp } from 'node:fs/promises'
import { Load, buildLoad } from './load/load.ts'
import { PORTCULLIS_KERNEL, PORTCULLIS_RELAY } from './peers/portcullis.ts'
import { cpuSecondsOf } from './process.ts'
import { openBenchStage } from './stage.ts'
const load = new Load(buildLoad(await mkdtemp('/tmp/ftpload-')))
const peer = process.argv[2] === 'kernel' ? PORTCULLIS_KERNEL : PORTCULLIS_RELAY
const stage = await openBenchStage(peer, load)
for (let i = 0; i < Number(process.argv[3] ?? 4); i++) {
  const before = cpuSecondsOf(stage.running.pid)
  const s = await load.sessions(stage.target, 32, 3, 1024)
  const cpu = cpuSecondsOf(stage.running.pid) - before
  console.log(s.sessions, s.failed, (s.sessions / s.seconds).toFixed(0) + '/s', ((cpu * 1000) / s.sessions).toFixed(3) + 'ms', s.p50Ms, s.p99Ms)
}
await stage.close()
