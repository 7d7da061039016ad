/** A relay of a few lines that reads nothing: what Node itself costs. The whole passive range is open. */
import { PASSIVE_FIRST, PASSIVE_LAST, type Peer, startProgram } from './peer.ts'

const SCRIPT = `
const { connect, createServer } = require('node:net')
const [door, doorPort, server, serverPort, first, last] = process.argv.slice(1)
const lead = (from, to) =>
  createServer({ noDelay: true }, (client) => {
    const leg = connect({ host: server, port: to, noDelay: true })
    for (const [one, other] of [[client, leg], [leg, client]])
      one.on('error', () => other.destroy()).pipe(other)
  }).listen({ host: door, port: from, backlog: 4096 })
lead(Number(doorPort), Number(serverPort))
for (let port = Number(first); port <= Number(last); port++) lead(port, port)
`

export const BARE_NODE: Peer = {
  name: 'bare Node relay (blind)',
  announces: 'door',
  isUnprivileged: true,
  start: (place) => {
    const { door, server } = place
    const ends = [door.address, door.port, server.address, server.port, PASSIVE_FIRST, PASSIVE_LAST]
    return startProgram(place, process.execPath, {
      args: ['-e', SCRIPT, ...ends.map(String)],
      target: door,
    })
  },
}
