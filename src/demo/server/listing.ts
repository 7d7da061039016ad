/**
 * Directory listings: LIST as `ls -l` writes it, NLST as bare names, MLSD and MLST as RFC 3659 §7
 * facts. Every file bears the month in which RFC 959 was published, so that listings, and with
 * them the tests, are the same on every day.
 */
import type { Entry } from './file-tree.ts'

/** MDTM and the `modify` fact: `YYYYMMDDHHMMSS`, always UTC (RFC 3659 §2.3). */
export const MODIFIED = '19851001120000'
const MODIFIED_AS_LISTED = 'Oct  1  1985'

export type ListingForm = 'LIST' | 'NLST' | 'MLSD'

/** The bytes of a listing, one CRLF-terminated line for each entry. */
export function formatListing(form: ListingForm, entries: readonly Entry[]): Uint8Array {
  const formatLine = { LIST: formatLong, NLST: formatName, MLSD: formatFacts }[form]
  return Buffer.from(entries.map((entry) => `${formatLine(entry)}\r\n`).join(''), 'utf8')
}

/** `type=file;size=12;modify=19851001120000;perm=r; name` (RFC 3659 §7.2). */
export function formatFacts(entry: Entry): string {
  const facts =
    entry.type === 'file'
      ? `type=file;size=${entry.bytes.length};modify=${MODIFIED};perm=r;`
      : `type=dir;modify=${MODIFIED};perm=el;`
  return `${facts} ${entry.name}`
}

/** What LIST, NLST and MLSD show of an entry: a directory's contents, or the file itself. */
export function listed(entry: Entry): readonly Entry[] {
  return entry.type === 'directory' ? entry.entries : [entry]
}

function formatLong(entry: Entry): string {
  const mode = entry.type === 'file' ? '-r--r--r--' : 'dr-xr-xr-x'
  const size = entry.type === 'file' ? entry.bytes.length : 0
  return `${mode} 1 ftp ftp ${String(size).padStart(8)} ${MODIFIED_AS_LISTED} ${entry.name}`
}

function formatName(entry: Entry): string {
  return entry.name
}
