/**
 * What holds back the targets that are missed. Figures without a table beside them are of
 * `npm run bench:profile`, on the machine and at the time of RESULTS.md.
 */
const SESSION: string =
  'No single thing. A session’s CPU time, by `npm run bench:profile`: Node and the kernel by themselves 35 %, control and data connections 28 % (more than half of it system calls), engine 14 %, packet log 13 %, compilers and garbage collection 10 % (means of three runs). A relay in Node that reads nothing, opens no pinhole and writes no log comes as far as the row of the bare relay says'

const NODE: string =
  'Node: the bare relay, which reads nothing and writes no log, takes as long (see its table)'

const COPYING: string =
  'Each piece of the file passes through an event loop on its way from one socket to the other; CPU s/GB in the table says what that costs'

type Obstacle =
  | 'sessions'
  | 'helper'
  | 'cpu'
  | 'noop'
  | 'stream'
  | 'kernelStream'
  | 'idle'
  | 'verdicts'
  | 'workers'

export const WHY: Readonly<Record<Obstacle, string>> = {
  sessions: SESSION,
  helper:
    'With the helper control connections never leave the kernel; here they go through a process',
  cpu: SESSION,
  noop: NODE,
  stream: COPYING,
  kernelStream:
    'Noise: another router differs from the first by as much (see `through the kernel`), and the process takes no part in it',
  idle: 'Two sockets, and the state of a session, as objects of Node',
  verdicts:
    'The same lookups, in larger tables, which lie further from the processor. What was asked before costs nearly the same with any number of rules (see the table)',
  workers:
    'Each client is handed over by the primary, through a pipe, which costs it and the worker. Two proxies side by side, with nothing to hand over, reach what `of two processes` says; generator, server and kernel need the rest of the two processors',
}
