/** What the kernel does by itself: nothing at all, routing, and its own FTP helper. */
import { startHelper } from '../../test/kernel/support/helper.ts'
import { type Peer, type Place, type RunningPeer, USER } from './peer.ts'

/** Generator and server on one host: what no proxy can reach, and whether they are fast enough. */
export const BACK_TO_BACK: Peer = {
  name: 'nothing, same host',
  announces: 'server',
  isUnprivileged: true,
  start: (place) => Promise.resolve({ ...direct(place), from: place.serverHost }),
}

export const ROUTING: Peer = {
  name: 'plain routing',
  announces: 'server',
  isUnprivileged: false,
  start: (place) => Promise.resolve(direct(place)),
}

export const KERNEL_HELPER: Peer = {
  name: 'netfilter helper',
  announces: 'server',
  isUnprivileged: false,
  start: (place) => {
    const { lab, door, server } = place
    if (lab === undefined) throw new Error('it needs a network namespace')
    startHelper(lab, [{ door, server }])
    return Promise.resolve({ ...direct(place), target: door })
  },
}

function direct({ server }: Place): RunningPeer {
  return { target: server, user: USER, pid: undefined, stop: () => Promise.resolve() }
}
