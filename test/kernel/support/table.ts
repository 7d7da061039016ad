/** What Portcullis has in the kernel, as `nft` lists it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Namespace } from './namespace.ts'

const TABLE = ['inet', 'portcullis'] as const
const POLL_MS = 100

const Listing = z.object({
  nftables: z.array(
    z.looseObject({
      set: z.looseObject({ name: z.string(), elem: z.array(z.unknown()).optional() }).optional(),
      map: z.looseObject({ name: z.string(), elem: z.array(z.unknown()).optional() }).optional(),
    }),
  ),
})

/** Names of all tables, as `inet portcullis`. */
export function tablesIn(namespace: Namespace): readonly string[] {
  const text = namespace.run('nft', ['list', 'tables'])
  return text
    .split('\n')
    .map((line) => line.replace(/^table /, '').trim())
    .filter((line) => line !== '')
}

/** How many elements each set and map holds; those that hold none are left out. */
export function elementsIn(namespace: Namespace): Readonly<Record<string, number>> {
  const listing = Listing.parse(JSON.parse(namespace.run('nft', ['-j', 'list', 'table', ...TABLE])))
  const counts = listing.nftables.flatMap(({ set, map }) => {
    const holder = set ?? map
    const count = holder?.elem?.length ?? 0
    return holder === undefined || count === 0 ? [] : [[holder.name, count] as const]
  })
  return Object.fromEntries(counts)
}

/** The same once there are none, or when they do not go away. */
export async function elementsLeft(
  namespace: Namespace,
  patienceMs: number = 10_000,
): Promise<Readonly<Record<string, number>>> {
  for (let waited = 0; ; waited += POLL_MS) {
    const elements = elementsIn(namespace)
    if (Object.keys(elements).length === 0 || waited >= patienceMs) return elements
    await sleep(POLL_MS)
  }
}
