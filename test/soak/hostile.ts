/**
 * Hostile visits: what the catalogue of attacks does to one session, against the whole process and
 * all at once. Being refused, reset or closed is what a visitor expects; what it was let do is a
 * breach.
 */
import { ip } from '../../src/net/ip.ts'
import {
  drip,
  flood,
  halfClose,
  pinholeFlood,
  reset,
  scan,
  slowReader,
  visitHostileServer,
} from './attacks-by-conduct.ts'
import {
  bounce,
  foreignProtocol,
  framing,
  garbage,
  pipelining,
  tlsInjection,
} from './attacks-by-words.ts'
import { increment } from './counts.ts'
import type { Company } from './friendly.ts'
import type { Attack } from './raid.ts'
import { Random } from './random.ts'

/** They share these, so that what one client may have is fought for. */
const ADDRESSES = 64

const ATTACKS: Readonly<Record<string, Attack>> = {
  bounce,
  framing,
  garbage,
  'foreign protocol': foreignProtocol,
  drip,
  reset,
  'half-close': halfClose,
  scan,
  flood,
  'pinhole flood': pinholeFlood,
  pipelining,
  'TLS injection': tlsInjection,
  'slow reader': slowReader,
  'hostile server': visitHostileServer,
}

const ATTACK_NAMES: readonly string[] = Object.keys(ATTACKS)

export async function raid(company: Company, number: number): Promise<void> {
  const random = new Random(company.seed, 2 * number + 1)
  // Each in its turn, so that even a short run has all of them.
  const name = ATTACK_NAMES[number % ATTACK_NAMES.length] ?? 'bounce'
  const attack = ATTACKS[name]
  if (attack === undefined) throw new Error(`there is no attack ${name}`)
  const { counts, setting, served } = company
  const source = ip(`127.200.0.${random.whole(1, ADDRESSES)}`)
  counts.hostileVisits += 1
  increment(counts.visitsBy, name)
  const door = random.pick(setting.doors)
  // What a visitor meets when it is stopped is no failure of anybody's.
  await attack({ counts, setting, served, random, source, door }).catch(() => undefined)
}
