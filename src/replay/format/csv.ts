/** A replay as comma-separated values (RFC 4180), for spreadsheets. */
import type { ReplayRecord } from '../record.ts'
import type { ReplayOutput, WriteLine } from './output.ts'
import { wordsOf } from './words.ts'

/** One row for each record that says something about a decision. */
export class CsvOutput implements ReplayOutput {
  readonly #write: WriteLine

  constructor(write: WriteLine) {
    this.#write = write
    write('time,session,client,server,type,what,text,extra')
  }

  record(record: ReplayRecord, at: number): void {
    const words = wordsOf(record)
    if (words === undefined) return
    const { session, client, server } = {
      session: '',
      client: '',
      server: '',
      ...record,
    }
    const time = new Date(at).toISOString()
    const cells = [time, session, client, server, record.type, words.what, words.text]
    this.#write([...cells, words.extra ?? ''].map((cell) => quoted(cell ?? '')).join(','))
  }

  end(): void {}
}

/** A leading `=` and the like would make a spreadsheet run what a peer wrote. */
function quoted(cell: string): string {
  const safe = /^[=+@\t-]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
