/** What to set up at the peers, where the rules are good and something else has to fit them. */
import type { Condition } from './condition.ts'

export interface Setting {
  readonly side: 'server' | 'client' | 'both'
  readonly what: string
  /** How well-known programs call it. */
  readonly programs: string
}

export function settingFor({ on, values, orIgnored }: Condition): Setting {
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
        programs: 'vsftpd connect_from_port_20=YES, ProFTPD as root on port 21',
      }
    case 'announced-address':
      return values.length === 0
        ? { side: 'client', what: 'ignore the address in a 227, or use EPSV', programs: IGNORING }
        : {
            side: 'server',
            what: `name ${value} in 227${orIgnored === true ? '; clients that use EPSV or ignore the address need no such setting' : ''}`,
            programs: 'vsftpd pasv_address, ProFTPD MasqueradeAddress, Pure-FTPd -P',
          }
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

const IGNORING = 'curl since 7.74, lftp with ftp:fix-pasv-address'
