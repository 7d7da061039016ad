/**
 * What must hold after any dialogue, whatever the peers said (threat catalogue, part 0.1). Each
 * check answers with the breaches it found, so that a test shows all of them at once.
 */
import type { Effect } from '../../src/engine/session/effect.ts'
import { textOf } from './bytes.ts'
import type { Outcome } from './golden.ts'

type Seen = Omit<Outcome, 'transcript'>

export function breaches(outcome: Seen): string[] {
  return [
    ...(wasUnderTls(outcome) ? [] : lineBreaches(outcome)),
    ...recordBreaches(outcome),
    ...pinholeBreaches(outcome),
  ]
}

/** Whether more than lines passed. */
export function wasUnderTls({ toClient }: Seen): boolean {
  return /^234[ -]/m.test(toClient)
}

function lineBreaches({ toServer, toClient, talk }: Seen): string[] {
  return [...commandBreaches(toServer), ...replyBreaches(toClient), ...effectBreaches(talk.effects)]
}

const SET_UP = [
  /^PORT (?:\d{1,3},){5}\d{1,3}$/,
  /^EPRT \|[12]\|[0-9a-f.:]{2,45}\|\d{4,5}\|$/,
  /^PASV$/,
  /^EPSV(?: [12]| ALL)?$/,
]

/** What the server gets is command lines, and what sets up data connections is in one form. */
export function commandBreaches(toServer: string): string[] {
  if (toServer === '') return []
  if (!toServer.endsWith('\r\n')) return [`unfinished line to the server: ${show(toServer)}`]
  return toServer
    .slice(0, -2)
    .split('\r\n')
    .filter((line) => {
      if (!/^[A-Za-z0-9@]{3,7}(?: [^\r\n\0]*)?$/.test(line)) return true
      const isSetUp = /^(?:PORT|EPRT|PASV|EPSV)(?: |$)/i.test(line)
      return isSetUp && !SET_UP.some((form) => form.test(line))
    })
    .map((line) => `not a command: ${show(line)}`)
}

/** What the client gets is replies: nothing between their lines looks like another one. */
export function replyBreaches(toClient: string): string[] {
  if (toClient === '') return []
  if (!toClient.endsWith('\r\n')) return [`unfinished line to the client: ${show(toClient)}`]
  const found: string[] = []
  let open: string | undefined
  for (const line of toClient.slice(0, -2).split('\r\n')) {
    if (/[\r\n\0]/.test(line)) found.push(`control byte to the client: ${show(line)}`)
    const [, code = '', separator = ''] = /^([1-6]\d\d)(?:([ -])|$)/.exec(line) ?? []
    if (open === undefined) {
      if (code === '') found.push(`not a reply: ${show(line)}`)
      if (separator === '-') open = code
      if (code === '227' && !isPassiveReply(line)) found.push(`not our 227: ${show(line)}`)
      if (code === '229' && !isExtendedReply(line)) found.push(`not our 229: ${show(line)}`)
    } else if (code === open) {
      if (separator !== '-') open = undefined
    } else if (/^\d{3}/.test(line)) found.push(`looks like a reply within ${open}: ${show(line)}`)
  }
  return found
}

function isPassiveReply(line: string): boolean {
  return /^227 Entering Passive Mode \(203,0,113,1,(?:\d+),(?:\d+)\)$/.test(line)
}

function isExtendedReply(line: string): boolean {
  return /^229 Entering Extended Passive Mode \(\|\|\|500\d\d\|\)$/.test(line)
}

/** F30: every write is whole lines; nothing is said after a leg was closed. */
function effectBreaches(effects: readonly Effect[]): string[] {
  const found: string[] = []
  const closed = new Set<string>()
  for (const effect of effects) {
    if (effect.type === 'close') closed.add(effect.side)
    if (effect.type !== 'send') continue
    const text = textOf(effect.bytes)
    if (!text.endsWith('\r\n')) found.push(`part of a line in one write: ${show(text)}`)
    if (closed.has(effect.side)) found.push(`sent after closing ${effect.side}: ${show(text)}`)
  }
  return found
}

/** I9: a record is one line without anything that a terminal would act on. */
function recordBreaches({ records }: Pick<Outcome, 'records'>): string[] {
  return records.flatMap((record) =>
    Object.entries(record)
      .filter(([, value]) => typeof value === 'string' && /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value))
      .map(([key, value]) => `control character in ${record.type}.${key}: ${show(String(value))}`),
  )
}

/** I3, I4, L12: each pinhole is closed once; only the two peers are dialled; nothing is left. */
function pinholeBreaches({ talk, dialled }: Pick<Outcome, 'talk' | 'dialled'>): string[] {
  const found: string[] = []
  const [session] = talk.recordsOf('session.open')
  const peers = [session?.client ?? '', session?.server ?? ''].map((peer) =>
    peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''),
  )
  for (const address of dialled) if (!peers.includes(address)) found.push(`dialled ${address}`)
  const closes = talk.recordsOf('pinhole.close').map((record) => record.pinhole)
  const opens = talk.recordsOf('pinhole.open').map((record) => record.pinhole)
  for (const id of closes) if (!opens.includes(id)) found.push(`closed and never opened: ${id}`)
  for (const id of opens) {
    const count = closes.filter((one) => one === id).length
    if (count > 1 || (count === 0 && talk.isClosed)) found.push(`${id} was closed ${count} times`)
  }
  if (talk.isClosed && talk.doors > 0) found.push(`${talk.doors} openings are left in the kernel`)
  const left = talk.gateway.counts
  if (talk.isClosed && Object.values(left).some((count) => count > 0))
    found.push(`left behind: ${JSON.stringify(left)}`)
  return found
}

function show(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
