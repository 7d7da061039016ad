/** What the kernel does by itself: routing, and its own FTP helper. */
import { startHelper } from '../../test/kernel/support/helper.ts'
import { type Peer, USER } from './peer.ts'

export const ROUTING: Peer = {
  name: 'plain routing',
  announces: 'server',
  start: ({ server }) =>
    Promise.resolve({ target: server, user: USER, pid: undefined, stop: () => Promise.resolve() }),
}

export const KERNEL_HELPER: Peer = {
  name: 'netfilter helper',
  announces: 'server',
  start: ({ lab, door, server }) => {
    startHelper(lab, [{ door, server }])
    return Promise.resolve({
      target: door,
      user: USER,
      pid: undefined,
      stop: () => Promise.resolve(),
    })
  },
}
