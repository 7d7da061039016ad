/** What the embedded server has to offer: little, but worth a look. */
import { type DirectoryEntry, directory, file } from './server/file-tree.ts'

/** The primes below this bound fill some 100 KiB. */
const PRIMES_BELOW = 189_000

const WELCOME = `
   _   _   _   _   _   _   _
  | |_| |_| |_| |_| |_| |_| |
  |                         |     You came through a portcullis.
  |      .--.--.--.--.      |
  |      |  |  |  |  |      |     Your FTP client believes that it spoke
  |      |--+--+--+--|      |     with a server. Every address in that
  |      |  |  |  |  |      |     conversation was read, checked and
  |      |--+--+--+--|      |     rewritten on the way, and this file came
  |      V  V  V  V  V      |     through an opening that was there for
  |                         |     this one transfer and is gone now.
  |______             ______|

  Next:   two-connections.txt    why FTP is the protocol that firewalls break
          numbers/primes.txt     a larger file, to watch the byte counts
`

const TWO_CONNECTIONS = `Why FTP is the protocol that firewalls break

FTP (RFC 959) uses two connections. You speak over the first, the control
connection. For every listing and every file there is a second one, the data
connection, and its address is written inside the first:

  passive    client: PASV
             server: 227 Entering Passive Mode (192,0,2,7,195,80)
             The client now connects to 192.0.2.7, port 195 * 256 + 80 = 50000.

  active     client: PORT 198,51,100,4,156,64
             server: 200 PORT command successful
             The server now connects, from port 20, to 198.51.100.4 port 40000.

  extended   EPSV and EPRT (RFC 2428) say the same for IPv6 as well:
             229 Entering Extended Passive Mode (|||50000|)
             EPRT |2|2001:db8::4|40000|

A firewall that does not read the control connection knows neither port. It
must leave whole ranges open, or FTP stalls at the first listing. And behind
address translation the addresses above are plainly wrong.

A firewall that does read it must not believe all it reads. A client may name
somebody else's address in PORT, and make the server knock there: the bounce
attack (RFC 2577). A server may do the same in a 227. Portcullis opens what was
announced, for the two who announced it, once.
`

/** The tree that the demo serves; the same bytes on every call. */
export function demoFiles(): DirectoryEntry {
  return directory('', [
    file('welcome.txt', WELCOME),
    file('two-connections.txt', TWO_CONNECTIONS),
    directory('numbers', [
      file('primes.txt', `${primesBelow(PRIMES_BELOW).join('\n')}\n`),
      file('a name with spaces.txt', 'Clients send it as it is: RETR a name with spaces.txt\n'),
    ]),
  ])
}

/** The sieve of Eratosthenes. */
function primesBelow(bound: number): number[] {
  const isComposite = new Uint8Array(bound)
  const primes: number[] = []
  for (let candidate = 2; candidate < bound; candidate++) {
    if (isComposite[candidate] === 1) continue
    primes.push(candidate)
    for (let multiple = candidate * candidate; multiple < bound; multiple += candidate)
      isComposite[multiple] = 1
  }
  return primes
}
