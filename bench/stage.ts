/** A ground, a fake server on it, and a peer in the middle. */
import type { Ground } from './ground.ts'
import type { Load, Target } from './load/load.ts'
import { openDirectory, type Peer, type RunningPeer } from './peers/peer.ts'

export interface BenchStage {
  readonly peer: Peer
  readonly running: RunningPeer
  /** What the load generator is pointed at, and where it runs. */
  readonly target: Target
  readonly close: () => Promise<void>
}

/** Closes `ground` with itself, and when it cannot be opened. */
export async function openBenchStage(peer: Peer, ground: Ground, load: Load): Promise<BenchStage> {
  const stops: (() => void | Promise<void>)[] = [ground.close]
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  }
  try {
    const directory = await openDirectory()
    stops.push(directory.remove)
    const { server, door, serverHost } = ground
    const announced = peer.announces === 'door' ? door : server
    stops.push(await load.serve(serverHost, server, announced.address))
    const running = await peer.start({ ...ground, directory: directory.path })
    stops.push(running.stop)
    const { target, user, from } = running
    const sources = from === undefined ? ground.sources : []
    return {
      peer,
      running,
      target: { host: from ?? ground.client, target, user, sources },
      close,
    }
  } catch (error) {
    await close()
    throw new Error(`${peer.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}
