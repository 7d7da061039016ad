/** What Portcullis says on standard output and standard error: every line is looked at. */
import type { RunningPortcullis } from '../support/portcullis.ts'

const KEPT_MAX = 20

export class Diagnostics {
  /** Warnings, errors, and lines that are no records of the operational log at all. */
  alarms = 0
  readonly firstAlarms: string[] = []
  reloads = 0
  #rest = ''

  constructor(proxy: RunningPortcullis) {
    this.#take(proxy.said())
    proxy.child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')))
    proxy.child.stderr?.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')))
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') this.#line(line)
  }

  #line(line: string): void {
    const { level, msg = '' } = parse(line)
    if (msg.startsWith('rules reloaded')) this.reloads += 1
    if (level === 'info' || isExpected(msg)) return
    this.alarms += 1
    if (this.firstAlarms.length < KEPT_MAX) this.firstAlarms.push(line.slice(0, 500))
  }
}

/** Of a user who is not root. */
function isExpected(message: string): boolean {
  return message.startsWith('active mode: this process may not bind port 20')
}

function parse(line: string): { readonly level?: string; readonly msg?: string } {
  try {
    return JSON.parse(line) as { level?: string; msg?: string }
  } catch {
    return {}
  }
}
