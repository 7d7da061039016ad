/** Codes that mean one thing only (RFC 959, 1639, 2228, 2428): no other command may get them. */
const RESERVED: ReadonlySet<number> = new Set([227, 228, 229, 234, 235, 334, 335])

/** Whether a reply with `code` to a command that cannot have it must be withheld (Q3). */
export function isReserved(code: number): boolean {
  return RESERVED.has(code) || code >= 600
}
