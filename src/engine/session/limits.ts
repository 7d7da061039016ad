/** Limits that no rule file sets, each with its unit and its reason. */
import { type Duration, duration } from '../../net/instant.ts'

/** Commands of one client read ahead of the server's replies; Zeek keeps as many. */
export const PENDING_COMMANDS_MAX = 20

/** Below this a client that was read too far ahead is read again. */
export const PENDING_COMMANDS_RESUME = 10

/** Commands a client may send before the greeting: one, and it waits. */
export const EARLY_COMMANDS_MAX = 1

/** Malformed or unknown lines before the session ends: attackers need many (ALPACA). */
export const BAD_COMMANDS_MAX = 10

/** Clients whose failed logins are remembered; of more, those that failed longest ago go. */
export const FAILING_CLIENTS_MAX = 10_000

/** Empty lines in a row before the session ends. */
export const EMPTY_LINES_MAX = 10

/** Announcements of somebody else's address before the session ends. */
export const FOREIGN_ANNOUNCEMENTS_MAX = 3

/** Bytes of all lines of one reply. */
export const REPLY_BYTES_MAX: number = 256 * 1024

/** How long a multi-line reply may take, however steadily its lines come. */
export const REPLY_TIME: Duration = duration(60_000)

/** How long the second reply to an ABOR may take before it is taken for left out. */
export const ABOR_REPLY_TIME: Duration = duration(2_000)

/** How long a data connection may be reported after the server said that its transfer is done. */
export const DATA_LAG: Duration = duration(1_000)

/** Announced data connections that nobody makes, within the time below: a flood, not a client. */
export const WASTED_PINHOLES_MAX = 20
export const WASTED_PINHOLES_TIME: Duration = duration(10_000)

/** Ports of the range tried when another program holds the one that was chosen. */
export const PINHOLE_ATTEMPTS_MAX = 8

/**
 * Data connections of an opaque session at one time. A session transfers one file after the other;
 * the last bytes of some may still be on their way.
 */
export const OPAQUE_CONNECTIONS_MAX = 8

/** Bytes of a line that carries a security token; Kerberos tickets with a PAC reach 64 KB. */
export const TOKEN_LINE_BYTES_MAX: number = 128 * 1024

/** ADAT exchanges; mechanisms need two or three. */
export const TOKEN_ROUNDS_MAX = 32

/** AUTHs of one session, where AUTH is let through after CCC (RFC 4217 §15.3 names the attack). */
export const AUTH_CYCLES_MAX = 2

/** TLS bytes of the server after the client went clear: its 200 and close_notify, with room. */
export const CLEARING_BYTES_MAX: number = 16 * 1024

/** How long the server may take to go clear after the client. */
export const CLEARING_TIME: Duration = duration(30_000)

/** How long the LF of an ABOR may lag before it is taken for urgent data that was lost. */
export const URGENT_LAG: Duration = duration(500)

/** TLS bytes of a client whose server is not connected yet: a hello, and early data of some size. */
export const EARLY_TLS_BYTES_MAX: number = 128 * 1024
