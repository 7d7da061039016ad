/**
 * Pinholes in the kernel, measured in the network namespace that `pinholes.ts` starts this in. Prints
 * the figures. Arguments: `portcullis` or `nft`, and how many times.
 */
import { spawnSync } from 'node:child_process'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { load } from '../../src/engine/rules/load.ts'
import { ip } from '../../src/net/ip.ts'
import { createKernelDataPath } from '../../src/shell/data-path/kernel/kernel-data-path.ts'
import type { Figures } from '../contest.ts'
import { doorsOf } from './data-path-doors.ts'
import { measureDoors } from './pinhole-costs.ts'

const DOOR = ip('192.0.2.1')
const RULES = `
version: 1
data-path: kernel
listeners:
  - { name: office, listen: "10.91.1.254:21", server: "10.91.2.1:21", server-passive-ports: 60000-60100 }
timeouts: { pinhole: 1h }
rules:
  - { permit: control, from: any, to: 10.91.2.1 }
  - { permit: passive-data, from: any, to: 10.91.2.1 }
  - { permit: active-data, from: 10.91.2.1, from-port: 20, to: any }
`
const TABLE = `
table inet bench {
  set expected { type ipv4_addr . ipv4_addr . inet_service; flags timeout; timeout 1h; }
}
`

const [way, times] = process.argv.slice(2)
const figures = await (way === 'nft' ? throughNft : throughPortcullis)(Number(times))
process.stdout.write(JSON.stringify(figures))

async function throughPortcullis(count: number): Promise<Figures> {
  const { ruleset } = load([{ name: 'bench', text: RULES }])
  if (ruleset === undefined) throw new Error('the rules of the benchmark are not sound')
  const evaluator = createEvaluator(ruleset)
  const { path, doors } = await doorsOf(DOOR, (report) =>
    createKernelDataPath(report, { evaluator }),
  )
  const measured = await measureDoors(doors, count)
  await path.close()
  return measured
}

/** One process of nft for all that is opened or closed at once, as a script would. */
function throughNft(count: number): Promise<Figures> {
  nft(TABLE)
  const change =
    (verb: 'add' | 'delete') =>
    async (pinholes: readonly Pinhole[]): Promise<void> =>
      nft(`${verb} element inet bench expected { ${pinholes.map(elementOf).join(', ')} }`)
  return measureDoors({ address: DOOR, open: change('add'), close: change('delete') }, count)
}

function elementOf({ peer, listen }: Pinhole): string {
  return `${peer} . ${listen.address} . ${listen.port}`
}

function nft(text: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: text, encoding: 'utf8' })
  if (status !== 0) throw new Error(`nft: ${stderr}`)
}
