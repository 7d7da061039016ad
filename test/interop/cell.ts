/** One cell of the interop matrix: which peers meet how, and what came of it. */
import type { IpFamily } from '../../src/net/ip.ts'
import type { DeploymentName } from '../kernel/support/deployment.ts'
import type { Announcement, ClientName } from '../support/peers/client.ts'
import type { ServerName } from '../support/peers/server.ts'

/** In the order in which a cell runs them. */
export const OPERATIONS = [
  'download 0 B',
  'download 1 B',
  'download 1 MiB',
  'upload 0 B',
  'upload 1 B',
  'upload 1 MiB',
  'list',
  'resume',
  'abort',
  'download 256 MiB',
  'upload 256 MiB',
] as const

export type Operation = (typeof OPERATIONS)[number]

/** With `large`, the cell carries the two 256 MiB operations and nothing else. */
export type Load = 'usual' | 'large'

export interface Cell {
  readonly server: ServerName
  readonly family: IpFamily
  readonly announcement: Announcement
  readonly client: ClientName
  readonly load: Load
}

/** How the client reaches the server. */
export type Way = 'direct' | 'proxy' | DeploymentName

/** Handed from the test to the reporter, which draws the matrix. */
export interface CellReport extends Cell {
  readonly way: Way
  readonly passed: readonly Operation[]
  readonly failed: readonly { readonly operation: Operation; readonly problem: string }[]
  /** Operations not asked of this pair, because they do not work without a proxy either. */
  readonly left: readonly { readonly operation: Operation; readonly reason: string }[]
}

declare module 'vitest' {
  interface TaskMeta {
    interopCell?: CellReport
  }
}

export function formatCell(cell: Cell): string {
  const load = cell.load === 'large' ? ', 256 MiB' : ''
  return `${cell.client}, ${cell.announcement} over IPv${cell.family}${load}`
}
