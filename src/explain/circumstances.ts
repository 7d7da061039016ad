/** What a rule file does not say and yet decides: how client and server are set up. */
import { type Port, port } from '../net/port.ts'

export interface Circumstances {
  /** The port that is announced: the server's in passive mode, the client's in active mode. */
  readonly dataPort: Port
  /** The port that the server connects from in active mode. */
  readonly sourcePort: Port
  /** Whose address the server's 227 names: its own, or the one that clients know it by. */
  readonly names: 'own-address' | 'known-address'
  /** Whether the client connects where the 227 says, or to the address it knows. */
  readonly heedsAddress: boolean
  readonly tlsVersion: '1.2' | '1.3'
  /** Whether the client says in its hello whom it wants to speak to (SNI). */
  readonly namesServer: boolean
}

/** As most peers are set up. */
export const USUAL: Circumstances = {
  dataPort: port(50_321),
  sourcePort: port(20),
  names: 'own-address',
  heedsAddress: true,
  tlsVersion: '1.3',
  namesServer: true,
}
