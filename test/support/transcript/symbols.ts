/** Hosts by name in the text of transcripts, and by address in what is sent. */
import type { Host } from './transcript.ts'

export type Hosts = Readonly<Record<Host, string>>

/** Replaces `{C}` and `{C.}` by the address of a host. @throws Error on a name that is none. */
export function toAddresses(text: string, hosts: Hosts): string {
  return text.replace(/\{([A-Z])(\.?)\}/g, (_, name: string, dot: string) => {
    if (!isHost(name)) throw new Error(`no host is called ${name}`)
    return dot === '' ? hosts[name].replaceAll('.', ',') : hosts[name]
  })
}

/** The reverse, and `{port}` for every port of the proxy that somebody is told. */
export function toSymbols(text: string, hosts: Hosts): string {
  return patternsOf(hosts)
    .reduce((symbolic, [pattern, symbol]) => symbolic.replace(pattern, symbol), text)
    .replace(/(\{[PI]\}),\d+,\d+/g, '$1,{port}')
    .replace(/\|1\|(\{[PI]\.\})\|\d+\|/g, '|1|$1|{port}|')
    .replace(/^(229 .*\(\|\|\|)\d+\|\)/gm, '$1{port}|)')
}

const HOSTS: readonly Host[] = ['C', 'S', 'V', 'X', 'P', 'I']

function isHost(name: string): name is Host {
  return HOSTS.some((host) => host === name)
}

const known = new WeakMap<Hosts, readonly (readonly [RegExp, string])[]>()

function patternsOf(hosts: Hosts): readonly (readonly [RegExp, string])[] {
  const made =
    known.get(hosts) ??
    HOSTS.flatMap((name): [RegExp, string][] => [
      [whole(hosts[name].replaceAll('.', ',')), `{${name}}`],
      [whole(hosts[name]), `{${name}.}`],
    ])
  known.set(hosts, made)
  return made
}

/** An address that is no part of a longer number or list. */
function whole(address: string): RegExp {
  return new RegExp(`(?<![\\d.,])${address.replaceAll('.', '\\.')}(?!\\d)`, 'g')
}
