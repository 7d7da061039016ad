import { expect, test } from 'vitest'
import { Dialogue } from '../../src/explain/dialogue.ts'
import { SimulatedNetwork } from '../../src/explain/simulated-network.ts'
import { castFor, evaluatorOf, OFFICE } from './examples.ts'

const GSSAPI = OFFICE.replace('rules:', 'profiles: { default: { mechanisms: [GSSAPI] } }\nrules:')

function begun(rules: string = OFFICE): { talk: Dialogue; network: SimulatedNetwork } {
  const network = new SimulatedNetwork(evaluatorOf(rules), castFor(rules))
  network.connect()
  const manner = { version: '1.3', serverName: undefined, cipherSuite: 0x1301 } as const
  const talk = new Dialogue(network, manner)
  talk.say('server', '220 x')
  talk.hear('client')
  return { talk, network }
}

const typesOf = ({ records }: SimulatedNetwork): readonly string[] =>
  records.map(({ type }) => type)

test('lines go across, and what is refused is answered at once', () => {
  const { talk } = begun()
  expect(talk.ask('USER u', (heard) => [`331 to ${heard}`])).toBe('331 to USER u\r\n')
  expect(talk.obtains('SITE\0', '200 ok')).toBe(false)
})

test('under TLS the proxy reads nothing and the peers everything; CCC ends that', () => {
  const { talk, network } = begun()
  expect(talk.obtains('AUTH TLS', '234 ok')).toBe(true)
  expect(talk.handshake()).toBe(true)
  expect(talk.ask('USER secret', (heard) => [`331 ${heard}`])).toBe('331 USER secret\r\n')
  expect(JSON.stringify(network.records)).not.toContain('secret')
  expect(talk.becomeClear()).toBe(true)
  expect(typesOf(network)).toContain('channel.opaque')
  expect(network.records.filter(({ type }) => type === 'channel.clear')).toHaveLength(2)
})

test('a handshake that nobody agreed on gets nowhere', () => {
  expect(begun().talk.handshake()).toBe(false)
})

test('GSSAPI protects lines', () => {
  const { talk, network } = begun(GSSAPI)
  expect(talk.obtains('AUTH GSSAPI', '334 go on')).toBe(true)
  expect(talk.tokens()).toBe(true)
  expect(talk.ask('USER secret', (heard) => [`331 ${heard}`])).toBe('331 USER secret\r\n')
  expect(JSON.stringify(network.records)).not.toContain('USER')
})
