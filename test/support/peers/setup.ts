/**
 * Vitest's global set-up of the project `interop`: unpacks the peers before the first test. A
 * failure is handed to the tests, which fail under continuous integration and skip elsewhere.
 */
import type { TestProject } from 'vitest/node'
import { installPeers } from './install.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the peers are not there; empty when they are. */
    readonly peersProblem: string
  }
}

export async function setup(project: TestProject): Promise<void> {
  let problem = ''
  try {
    await installPeers()
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  }
  project.provide('peersProblem', problem)
}
