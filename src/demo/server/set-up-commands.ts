/** The four commands that set up a data connection: PASV, EPSV, PORT, EPRT. */
import { parseExtendedAddress } from '../../engine/ftp/extended-address.ts'
import { formatHostPort, parseHostPort } from '../../engine/ftp/host-port.ts'
import type { Endpoint } from '../../net/endpoint.ts'
import { ipFamily } from '../../net/ip.ts'
import type { Conversation, Handler } from './conversation.ts'

export const SET_UP_COMMANDS: Readonly<Record<string, Handler>> = {
  async PASV(conversation) {
    if (isRefusedAfterEpsvAll(conversation)) return
    if (ipFamily(conversation.local) === 6) {
      conversation.reply(425, 'PASV is for IPv4. Use EPSV.')
      return
    }
    const port = await conversation.data.listen()
    const hostPort = formatHostPort(conversation.local, port)
    conversation.reply(227, `Entering Passive Mode (${hostPort}).`)
  },
  async EPSV(conversation, argument) {
    if (/^ALL$/i.test(argument)) {
      conversation.isEpsvOnly = true
      conversation.reply(200, 'EPSV and nothing else from now on.')
      return
    }
    if (argument !== '' && argument !== protocolOf(conversation)) {
      refuseProtocol(conversation)
      return
    }
    const port = await conversation.data.listen()
    conversation.reply(229, `Entering Extended Passive Mode (|||${port}|)`)
  },
  PORT(conversation, argument) {
    if (isRefusedAfterEpsvAll(conversation)) return
    const announced = parseHostPort(Buffer.from(argument, 'latin1'))
    if (announced.type === 'complete') dialNext(conversation, announced.value)
    else conversation.reply(501, 'PORT takes h1,h2,h3,h4,p1,p2.')
  },
  EPRT(conversation, argument) {
    if (isRefusedAfterEpsvAll(conversation)) return
    const announced = parseExtendedAddress(Buffer.from(argument, 'latin1'))
    if (announced.type === 'malformed') {
      if (announced.problem === 'protocol') refuseProtocol(conversation)
      else conversation.reply(501, 'EPRT takes |protocol|address|port|.')
    } else if (`${announced.value.protocol}` !== protocolOf(conversation)) {
      refuseProtocol(conversation)
    } else dialNext(conversation, announced.value.endpoint)
  },
}

/** Takes the client's own address and an unprivileged port (RFC 2577 §3), and nothing else. */
function dialNext(conversation: Conversation, client: Endpoint): void {
  if (client.address !== conversation.peer) {
    conversation.reply(501, `${client.address} is not the address you came from.`)
  } else if (client.port < 1024) {
    conversation.reply(501, 'A port below 1024 is not for data connections.')
  } else {
    conversation.data.dialNext(client)
    conversation.reply(200, `Data will go to port ${client.port}.`)
  }
}

function isRefusedAfterEpsvAll(conversation: Conversation): boolean {
  if (conversation.isEpsvOnly) conversation.reply(501, 'Only EPSV may follow EPSV ALL.')
  return conversation.isEpsvOnly
}

/** The address family of the control connection as RFC 2428 §2 numbers it. */
function protocolOf(conversation: Conversation): '1' | '2' {
  return ipFamily(conversation.local) === 4 ? '1' : '2'
}

function refuseProtocol(conversation: Conversation): void {
  const supported = protocolOf(conversation)
  conversation.reply(522, `Network protocol not supported, use (${supported})`)
}
