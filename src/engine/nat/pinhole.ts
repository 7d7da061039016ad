import type { Endpoint } from '../../net/endpoint.ts'
import type { Ip } from '../../net/ip.ts'
import type { Port, PortRange } from '../../net/port.ts'
import type { PinholeId, SessionId } from '../id.ts'

/** The opening for one announced data connection. */
export interface Pinhole {
  readonly id: PinholeId
  readonly session: SessionId
  /** Who connects: `passive` the client, `active` the server. */
  readonly mode: 'passive' | 'active'
  /** The only address that may connect. */
  readonly peer: Ip
  /**
   * The source ports it may connect from, where the rules name any; a data path that cannot hold a
   * connection back until it was judged lets no other in.
   */
  readonly fromPorts: readonly PortRange[] | undefined
  /** Where it must connect to; where `dial` is the same, nothing is translated. Port `undefined`: the operating system picks one. */
  readonly listen: { readonly address: Ip; readonly port: Port | undefined }
  /** The other leg: where the data path connects once the peer has come. */
  readonly dial: Endpoint
  /**
   * Where the other leg leaves from. With a port, the data path binds it where it may and falls
   * back on any port where it may not (RFC 959 wants 20 for active mode). Where the address is
   * the peer's own, the peer is shown as it is.
   */
  readonly from: { readonly address: Ip; readonly port: Port | undefined }
}
