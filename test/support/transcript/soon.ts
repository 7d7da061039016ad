/** Waiting for what happens within a few turns of the event loop, for peers in one process. */
import { setImmediate as turn } from 'node:timers/promises'
import { eventually } from '../proxy-in-process.ts'

/** Turns of the loop that take less time together than one sleep. */
const TURNS = 50

/** As {@link eventually}, and quicker where it is true at once. */
export async function soon(isTrue: () => boolean, what: string): Promise<void> {
  for (let turns = 0; turns < TURNS; turns++) {
    if (isTrue()) return
    await turn()
  }
  await eventually(isTrue, what)
}
