import { ScriptedServer } from '../../../kernel/support/scripted-server.ts'
import { THIS_HOST_SOCKETS } from '../../../kernel/support/socket-place.ts'
import { type Switches, scriptOf } from './switches.ts'

/** On this host, on every address and a port that is free. Each session has the switches to itself. */
export function startScripted(switches: Switches): ScriptedServer {
  return new ScriptedServer(THIS_HOST_SOCKETS, {
    port: 0,
    dataPort: 0,
    script: () => scriptOf(switches),
    ...(switches.greeting === undefined ? {} : { greeting: switches.greeting }),
  })
}
