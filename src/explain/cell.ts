/** The matrix that is explained: how a session is protected, how data is set up, by whose network. */
import type { IpFamily } from '../net/ip.ts'

/** How the control connection is protected, as a client would choose it. */
export const PROTECTIONS = {
  clear: 'clear',
  'explicit-tls': 'explicit TLS',
  'tls-ccc': 'TLS + CCC',
  'implicit-tls': 'implicit TLS',
  gssapi: 'GSSAPI',
} as const

export type ProtectionName = keyof typeof PROTECTIONS

export const COMMANDS = ['PORT', 'PASV', 'EPRT', 'EPSV'] as const

export type SetUpCommand = (typeof COMMANDS)[number]

/** One question: does this way of transferring work for a client of this family? */
export interface Cell {
  readonly protection: ProtectionName
  readonly command: SetUpCommand
  readonly family: IpFamily
}

const FAMILIES: readonly IpFamily[] = [4, 6]

/** Every cell, by family, then protection, then command. */
export const CELLS: readonly Cell[] = FAMILIES.flatMap((family) =>
  (Object.keys(PROTECTIONS) as ProtectionName[]).flatMap((protection) =>
    COMMANDS.map((command) => ({ protection, command, family })),
  ),
)

/** Whether the server connects to the client. */
export function isActive({ command }: Pick<Cell, 'command'>): boolean {
  return command === 'PORT' || command === 'EPRT'
}

/** Whether set-up commands travel where the proxy cannot read them. */
export function isHidden({ protection }: Pick<Cell, 'protection'>): boolean {
  return protection !== 'clear' && protection !== 'tls-ccc'
}
