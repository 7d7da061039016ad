/** What the lists of a profile (file names, file types, users) find in a command. */
import type { Command } from '../ftp/command.ts'
import type { Checks, PatternRule } from '../rules/inspection.ts'
import { matchesPattern, type Pattern } from '../rules/pattern.ts'
import type { Hit } from './inspection.ts'
import type { Reason } from './reason.ts'

/** Commands that transfer a file, remove it or give it another name. */
const FILE_VERBS: ReadonlySet<string> = new Set([
  'RETR',
  'STOR',
  'STOU',
  'APPE',
  'DELE',
  'RNFR',
  'RNTO',
])

const SPACE = 0x20
const DOT = 0x2e
const SLASH = 0x2f
const BACKSLASH = 0x5c

const NONE: readonly Hit[] = []

export function listHits(lists: Checks['lists'], command: Command): readonly Hit[] {
  const { 'file-names': names, 'file-types': types, users } = lists
  if (command.verb === 'USER')
    return users.length === 0 ? NONE : hit(users, 'user.name', trimmed(argumentOf(command)))
  if (!FILE_VERBS.has(command.verb) || (names.length === 0 && types.length === 0)) return NONE
  const path = trimmed(argumentOf(command), DOT)
  const name = path.subarray(path.findLastIndex(isSeparator) + 1)
  const dot = name.lastIndexOf(DOT)
  return [
    ...hit(names, 'file.name', name, path),
    ...(dot === -1 ? NONE : hit(types, 'file.type', name.subarray(dot + 1))),
  ]
}

/** The first entry that matches decides. A pattern with a slash is about the whole path. */
function hit(
  rules: readonly PatternRule[],
  reason: Reason,
  name: Uint8Array,
  path: Uint8Array = name,
): readonly Hit[] {
  const matches = (pattern: Pattern): boolean =>
    matchesPattern(pattern, pattern.bytes.includes(SLASH) ? path : name)
  for (const { match, action } of rules) {
    const pattern = match.find(matches)
    if (pattern !== undefined)
      return action === 'off' ? NONE : [{ reason, action, detail: pattern.text }]
  }
  return NONE
}

function argumentOf(command: Command): Uint8Array {
  return command.argument ?? new Uint8Array(0)
}

/** Servers skip blanks before an argument, and Windows drops blanks and dots behind a file name. */
function trimmed(bytes: Uint8Array, alsoBehind: number = SPACE): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== SPACE)
  const last = bytes.findLastIndex((byte) => byte !== SPACE && byte !== alsoBehind)
  return first === -1 ? bytes.subarray(0, 0) : bytes.subarray(first, Math.max(first, last + 1))
}

/** Windows takes either. */
function isSeparator(byte: number): boolean {
  return byte === SLASH || byte === BACKSLASH
}
