/** Rows of TLS handshakes, and of where a control connection stops and starts being readable. */
import type { Side } from '../engine/session/event.ts'
import type { PacketLogRecord } from '../engine/session/record.ts'
import { unreachable } from '../net/unreachable.ts'
import { BAND_COLUMNS, bandLine, type Piece, type RowParts } from './ladder-row.ts'

type RecordOf<Type extends PacketLogRecord['type']> = Extract<PacketLogRecord, { type: Type }>

/** A record names no more cipher suites of a hello; there may have been others. */
const CIPHERS_RECORDED_MAX = 32

const SHADE = '▒'

export function securityRow(
  record: RecordOf<'tls.hello' | 'tls.certificate' | 'tls.alert' | 'channel.clear'>,
): RowParts {
  switch (record.type) {
    case 'tls.hello':
      return record.side === 'client' ? clientHelloRow(record) : serverHelloRow(record)
    case 'tls.certificate':
      return crossing(record.side, 'certificate', ownerText(record), validityText(record))
    case 'tls.alert':
      return alertRow(record)
    case 'channel.clear':
      return clearRow(record)
    default:
      return unreachable(record)
  }
}

/** The heading of a stretch that cannot be read, and what makes it so. */
export function opaqueTexts(record: RecordOf<'channel.opaque'>): { title: string; below: string } {
  const { mechanism, version, cipher, resumed, nullCipher } = record
  // `implicit TLS` is no mechanism that AUTH could name.
  const how = mechanism.includes(' ') ? mechanism : `AUTH ${mechanism}`
  return {
    title:
      nullCipher === true
        ? 'opaque from here, although this cipher suite encrypts nothing'
        : 'opaque from here: nobody in between can read it',
    below: [how, version, cipher, resumed === true ? 'resumed' : undefined]
      .filter((text) => text !== undefined)
      .join(' · '),
  }
}

function clientHelloRow(record: RecordOf<'tls.hello'>): RowParts {
  const { versions, ciphers, serverName, alpn, resumption, encryptedHello } = record
  const more = ciphers.length >= CIPHERS_RECORDED_MAX ? '+' : ''
  const wishes = [
    serverName === undefined ? 'names no server' : `for ${serverName}`,
    ...(encryptedHello === true ? ['or one it hides'] : []),
    ...(alpn === undefined ? [] : [`ALPN ${alpn.join('/')}`]),
    ...(resumption === undefined ? [] : [`resumes by ${resumption}`]),
  ]
  return crossing(
    'client',
    'ClientHello',
    `${versionsText(versions)}, ${ciphers.length}${more} ciphers`,
    wishes.join(', '),
  )
}

function serverHelloRow(record: RecordOf<'tls.hello'>): RowParts {
  const { versions, ciphers, alpn, retry } = record
  return crossing(
    'server',
    retry === true ? 'please retry' : 'ServerHello',
    ciphers.map(shortCipher).join(', '),
    [versionsText(versions), ...(alpn === undefined ? [] : [`ALPN ${alpn.join('/')}`])].join(', '),
  )
}

function alertRow(record: RecordOf<'tls.alert'>): RowParts {
  const isFatal = record.level === 'fatal'
  const label = isFatal ? 'fatal alert' : 'alert'
  return crossing(record.side, label, record.name, '', isFatal ? 'refusal' : 'security')
}

/** The client goes first; until the server follows, its half of the band stays shaded. */
function clearRow(record: RecordOf<'channel.clear'>): RowParts {
  const { side, closeNotify } = record
  const farewell = closeNotify === undefined ? '' : `, ${closeNotify ? '' : 'no '}close_notify`
  const clear: Piece = { text: `clear again${farewell}`, ink: 'security' }
  const half = ' '.repeat(BAND_COLUMNS / 2) + SHADE.repeat(BAND_COLUMNS / 2)
  return side === 'client'
    ? {
        left: clear,
        band: { text: half, ink: 'security' },
        right: { text: 'still opaque', ink: 'quiet' },
      }
    : { band: { text: 'both sides readable', ink: 'security' }, right: clear }
}

/** A message of `side`: what it says stands there, what it means for the other side over there. */
function crossing(
  side: Side,
  label: string,
  said: string,
  meant: string,
  ink: Piece['ink'] = 'security',
): RowParts {
  const isClient = side === 'client'
  return {
    left: { text: isClient ? said : meant, ink },
    clientGate: isClient ? 'through' : 'toClient',
    band: { text: bandLine('control', label), ink },
    serverGate: isClient ? 'toServer' : 'through',
    right: { text: isClient ? meant : said, ink },
  }
}

/** `TLS 1.2`, `TLS 1.2 and 1.3`, `TLS 1.0 to 1.3`. */
function versionsText(versions: readonly string[]): string {
  const [lowest = '', ...others] = versions.toSorted()
  const highest = others.at(-1)
  if (highest === undefined) return lowest
  return `${lowest} ${others.length > 1 ? 'to' : 'and'} ${highest.replace(/^TLS /, '')}`
}

/** Without what all names have in common; a whole one does not fit. */
function shortCipher(name: string): string {
  return name.replace(/^TLS_/, '').replace('_WITH_', '_')
}

function ownerText(record: RecordOf<'tls.certificate'>): string {
  const { subject = '', issuer = '', names, problem } = record
  if (problem !== undefined) return `unreadable: ${problem}`
  const host = names?.find((name) => name.startsWith('DNS:'))?.slice('DNS:'.length)
  const owner = host ?? commonName(subject)
  return subject === issuer ? `${owner}, by itself` : `${owner}, by ${commonName(issuer)}`
}

function validityText(record: RecordOf<'tls.certificate'>): string {
  return record.notAfter === undefined ? '' : `valid until ${record.notAfter.slice(0, 10)}`
}

/** `Example CA` of `C=SE, O=Example, CN=Example CA`; all of it where there is no such part. */
function commonName(name: string): string {
  return /(?:^|, )CN=([^,]+)/.exec(name)?.[1] ?? name
}
