import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_ROOT } from '../../test/support/project-root.ts'
import type { Counted } from './counts.ts'

export const BASELINE: string = join(PROJECT_ROOT, 'bench', 'guard', 'baseline.json')

export function readBaseline(): Counted {
  return JSON.parse(readFileSync(BASELINE, 'utf8')) as Counted
}
