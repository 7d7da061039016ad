/** The four forms in which an address is announced: PORT, EPRT, 227 and 229. */
import {
  formatExtendedAddress,
  parseExtendedAddress,
  parseExtendedPassiveReply,
} from '../../../src/engine/ftp/extended-address.ts'
import {
  formatHostPort,
  parseHostPort,
  parsePassiveReply,
} from '../../../src/engine/ftp/host-port.ts'
import { type Endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { ipFamily } from '../../../src/net/ip.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import type { Target } from '../target.ts'
import { activePort, passivePort } from '../wire.ts'

export const addresses: Target = {
  name: 'addresses',
  seeds: () =>
    [
      '198,51,100,10,200,21',
      '|1|198.51.100.10|51221|',
      '|2|2001:db8::1|51221|',
      '!2!::ffff:198.51.100.10!1024!',
      'Entering Passive Mode (10,0,0,20,156,64).',
      '=10,0,0,20,156,64',
      'Entering Extended Passive Mode (|||40001|)',
    ].map(latin1),
  dictionary: [
    '|',
    ',',
    '(',
    ')',
    '::',
    '::ffff:',
    '.',
    '|||',
    '0',
    '255',
    '256',
    '%eth0',
    '1,2,3,4,5,6',
  ],
  parts: (input) =>
    textOf(input)
      .split(/(?<=[|,.:() ])/)
      .map(latin1),
  show: (input) => [JSON.stringify(textOf(input))],

  run(input) {
    const text = textOf(input)
    const port = parseHostPort(input)
    const eprt = parseExtendedAddress(input)
    const pasv = parsePassiveReply(input)
    const epsv = parseExtendedPassiveReply(input)
    const breaches: string[] = []
    if (port.type === 'complete') {
      const { address, port: number } = port.value
      if (formatHostPort(address, number) !== text)
        breaches.push('PORT is not as it would be written')
      if (activePort(`PORT ${text}`, address) !== number) breaches.push('PORT is read otherwise')
    }
    if (eprt.type === 'complete') {
      const { endpoint } = eprt.value
      const again = parseExtendedAddress(latin1(formatExtendedAddress(endpoint)))
      if (again.type !== 'complete' || !isSame(again.value.endpoint, endpoint))
        breaches.push('EPRT is not what it is when written anew')
      const isMapped = ipFamily(endpoint.address) === 4 && text.includes(':')
      if (!isMapped && activePort(`EPRT ${text}`, endpoint.address) !== endpoint.port)
        breaches.push('EPRT is read otherwise')
    }
    if (pasv.type === 'complete') {
      const { address, port: number } = pasv.value
      const tuple = formatHostPort(address, number)
      if (text.split(tuple).length !== 2) breaches.push('227 does not hold the address once')
      if (passivePort(`227 ${text}`, address) !== number) breaches.push('227 is read otherwise')
    }
    if (epsv.type === 'complete' && passivePort(`229 ${text}`, '') !== epsv.value)
      breaches.push('229 is read otherwise')
    const results = { port, eprt, pasv, epsv }
    const features = Object.entries(results).map(
      ([name, { type, ...rest }]) => `${name} ${type} ${'problem' in rest ? rest.problem : ''}`,
    )
    return { breaches, features }
  },
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return formatEndpoint(one) === formatEndpoint(other)
}
