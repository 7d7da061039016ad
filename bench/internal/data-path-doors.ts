/** A data path, opening and closing what it is told to. */
import type { DataEvent, DataPath } from '../../src/shell/data-path/data-path.ts'
import { setImmediate as turn } from 'node:timers/promises'
import type { Doors } from './pinhole-costs.ts'

export async function doorsOf(
  address: Doors['address'],
  openPath: (report: (event: DataEvent) => void) => Promise<DataPath>,
): Promise<{ readonly path: DataPath; readonly doors: Doors }> {
  let awaited = 0
  let settle: { done: () => void; failed: (error: Error) => void } | undefined
  const path = await openPath((event) => {
    if (event.type === 'pinholeFailed') settle?.failed(new Error(`a pinhole: ${event.cause}`))
    if (event.type !== 'pinholeOpened') return
    awaited -= 1
    if (awaited === 0) settle?.done()
  })
  const doors: Doors = {
    address,
    open: (pinholes) =>
      new Promise((done, failed) => {
        awaited = pinholes.length
        settle = { done, failed }
        for (const pinhole of pinholes) path.perform({ type: 'openPinhole', pinhole })
      }),
    close: async (pinholes) => {
      for (const pinhole of pinholes) path.perform({ type: 'closePinhole', pinhole })
      // What was asked for in this turn of the event loop is done in it.
      await turn()
    },
  }
  return { path, doors }
}
