/** What to set up at the peers, where the rules are good and something else has to fit them. */
import type { Condition } from './condition.ts'

export interface Setting {
  readonly side: 'server' | 'client' | 'both'
  readonly what: string
  /** How well-known programs call it. */
  readonly programs: string
}

export function settingFor(condition: Condition): Setting {
  const { on, values } = condition
  const value = values.join(', ')
  switch (on) {
    case 'server-ports':
      return {
        side: 'server',
        what: `passive ports ${value}`,
        programs: 'vsftpd pasv_min_port and pasv_max_port, ProFTPD PassivePorts, Pure-FTPd -p',
      }
    case 'source-port':
      return {
        side: 'server',
        what: `connect from port ${value} in active mode`,
        programs: 'vsftpd connect_from_port_20=YES, ProFTPD on port 21 with RootRevoke off',
      }
    case 'announced-address':
      return announcedAddress(condition)
    case 'client-ports':
      return { side: 'client', what: `active ports ${value}`, programs: 'curl --ftp-port' }
    case 'tls-version':
      return { side: 'both', what: 'speak TLS 1.3', programs: 'OpenSSL 1.1.1 and later' }
    case 'server-name':
      return {
        side: 'client',
        what: 'call the server by one of the names in server-names (SNI)',
        programs: 'clients that are given a name and not an address',
      }
  }
}

function announcedAddress({ values, whose, orIgnored }: Condition): Setting {
  switch (whose) {
    case 'server':
      return {
        side: 'server',
        what: `name its own address in 227, ${values.join(', ')}`,
        programs: 'as it is without vsftpd pasv_address, ProFTPD MasqueradeAddress, Pure-FTPd -P',
      }
    case 'proxy': {
      const address = values.join(', ') || 'the address that clients connect to'
      const unless =
        orIgnored === true ? '; EPSV, and clients that ignore the address, can do without' : ''
      return {
        side: 'server',
        what: `name ${address} in 227${unless}`,
        programs: 'vsftpd pasv_address, ProFTPD MasqueradeAddress, Pure-FTPd -P',
      }
    }
    default:
      return {
        side: 'client',
        what: 'ignore the address in a 227, or use EPSV',
        programs: 'curl since 7.74, lftp with ftp:fix-pasv-address',
      }
  }
}
