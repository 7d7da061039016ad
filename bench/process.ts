/** What a peer's processes have used: all of its process group, children that have ended included. */
import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc/<pid>/stat: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

interface ProcessStat {
  readonly group: number
  readonly ticks: number
}

/** CPU seconds, of user and system; 0 where the kernel does the work. */
export function cpuSecondsOf(group: number | undefined): number {
  const ticks = membersOf(group).reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0)
  return ticks / TICKS_PER_SECOND
}

/** What all processors together have done so far, in ticks. */
export interface ProcessorTime {
  readonly idle: number
  readonly total: number
}

export function processorTime(): ProcessorTime {
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are within the first two.
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1)
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return { idle: ticks[3] ?? 0, total: ticks.reduce((sum, each) => sum + each, 0) }
}

/** What was idle since, of all processors together, in per cent. */
export function idleShareSince(before: ProcessorTime): number {
  const now = processorTime()
  return (100 * (now.idle - before.idle)) / (now.total - before.total)
}

/** Proportional set size in bytes: what processes share is counted once. */
export function memoryOf(group: number | undefined): number {
  return membersOf(group).reduce((sum, pid) => sum + proportionalSize(pid), 0)
}

function membersOf(group: number | undefined): readonly string[] {
  if (group === undefined) return []
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)?.group === group)
}

/** The second field is a name that may hold blanks; fields are counted behind it. */
function statOf(pid: string): ProcessStat | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    // utime, stime, and those of children that were waited for.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { group: Number(fields[2]), ticks }
  } catch {
    return undefined
  }
}

function proportionalSize(pid: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
