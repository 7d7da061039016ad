/** A firewall as netfilter's own FTP helper makes one: it rewrites and expects, packet by packet. */
import { type Endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import type { Lab } from './lab.ts'

export interface HelperDoor {
  readonly door: Endpoint
  readonly server: Endpoint
}

export function startHelper(lab: Lab, doors: readonly HelperDoor[]): void {
  const isDoor = ({ door }: HelperDoor): string => `ip daddr ${door.address} tcp dport ${door.port}`
  const ports = [...new Set(doors.flatMap(({ door, server }) => [door.port, server.port]))]
  lab.firewall.nft(`
    table inet helper {
      ct helper ftp-standard { type "ftp" protocol tcp; }
      chain prerouting {
        type filter hook prerouting priority -150;
        ${doors.map((each) => `${isDoor(each)} ct helper set "ftp-standard"`).join('\n')}
      }
      chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        ct state invalid drop
        tcp dport { ${ports.join(', ')} } accept
      }
    }
    table ip helper_nat {
      chain prerouting {
        type nat hook prerouting priority -100;
        ${doors.map((each) => `${isDoor(each)} dnat to ${formatEndpoint(each.server)}`).join('\n')}
      }
      chain postrouting {
        type nat hook postrouting priority 100;
        oifname "f1" masquerade
      }
    }`)
}
