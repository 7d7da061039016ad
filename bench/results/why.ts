/** What holds back the targets that are missed. */
const NODE: string =
  'Node takes a third of the CPU for a session that nobody reads (the bare relay). By a profile the engine is 20 % and the packet log 10 %; the rest is what a pinhole takes: a listener, two sockets, and two more to read them into our own buffers'

type Obstacle =
  | 'sessions'
  | 'helper'
  | 'cpu'
  | 'noopMedian'
  | 'noopTail'
  | 'stream'
  | 'nginx'
  | 'kernelStream'
  | 'idle'
  | 'verdicts'
  | 'workers'

export const WHY: Readonly<Record<Obstacle, string>> = {
  sessions: NODE,
  helper: 'its control connections never leave the kernel; here they go through a process',
  cpu: NODE,
  noopMedian: 'Node: the bare relay, which reads nothing, takes as long',
  noopTail:
    'Node for one half: see the bare relay. The packet log is sealed and written every 20 ms, which one in a hundred NOOPs without a pause has to wait for',
  stream:
    'SUSE has a process for each session, which reads and writes and waits; here each read and write comes through an event loop',
  nginx: 'as much is copied, by one thread',
  kernelStream:
    'noise: routing twice differs as much (docs/operations.md), and the process takes no part in it',
  idle: 'two sockets, and the state of a session, as objects of Node',
  verdicts:
    'the index is asked as often; it is larger, which the caches of the processor feel (not measured by itself)',
  workers:
    'generator and server take their part of the two cores. A session costs a third more CPU with two workers; a tenth is the primary, which hands it over, and the rest is not explained yet',
}
