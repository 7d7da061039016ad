/** The scripted server on this host, on every address and a port that is free. */
import { type TcpNetConnectOpts, connect } from 'node:net'
import { ScriptedServer, type SocketPlace } from '../../../kernel/support/scripted-server.ts'
import { type Switches, scriptOf } from './switches.ts'

const THIS_PLACE: SocketPlace = {
  listen: (server, options) => server.listen(options),
  connect: (options: TcpNetConnectOpts) => connect(options),
}

/** Each session has the switches to itself. */
export function startScripted(switches: Switches): ScriptedServer {
  return new ScriptedServer(THIS_PLACE, {
    port: 0,
    dataPort: 0,
    script: () => scriptOf(switches),
    ...(switches.greeting === undefined ? {} : { greeting: switches.greeting }),
  })
}
