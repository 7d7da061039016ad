/** Counts the dialogues that are named in the arguments, or all, and writes what it counted. */
import { Counter } from './counter.ts'
import type { Counted, Counts } from './counts.ts'

const counter = new Counter()
const { DIALOGUES } = await import('./dialogues.ts')

const names = process.argv.slice(2)
const dialogues: Record<string, Counts> = {}
for (const { name, rehearse, prepare } of DIALOGUES) {
  if (names.length > 0 && !names.includes(name)) continue
  const inSmall = await rehearse()
  inSmall()
  dialogues[name] = counter.count(await prepare())
}
const [major = ''] = process.versions.node.split('.')
const counted: Counted = { node: Number(major), dialogues }
process.stdout.write(JSON.stringify(counted))
