import { describe, expect, test } from 'vitest'
import { SimulatedNetwork } from '../../src/explain/simulated-network.ts'
import { at } from '../support/conversation.ts'
import { castFor, CLIENT, evaluatorOf, OFFICE } from './examples.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

function connected(rules: string = OFFICE, client: string = CLIENT): SimulatedNetwork {
  const network = new SimulatedNetwork(evaluatorOf(rules), castFor(rules, client))
  network.connect()
  return network
}

function loggedIn(): SimulatedNetwork {
  const network = connected()
  const lines = [
    ['server', '220 x'],
    ['client', 'USER u'],
    ['server', '230 in'],
  ] as const
  for (const [side, line] of lines) network.write(side, Buffer.from(`${line}\r\n`))
  network.take('client')
  network.take('server')
  return network
}

test('a client that gets in is taken to the server, from the inside of the proxy', () => {
  const network = connected()
  expect(network.serverSees).toBe('192.0.2.200')
  network.write('server', Buffer.from('220 hello\r\n'))
  expect(text(network.take('client'))).toBe('220 hello\r\n')
  expect(text(network.take('client'))).toBe('')
})

test('a client that does not get in is turned away', () => {
  const network = connected(OFFICE, '203.0.113.77')
  expect(network.serverSees).toBeUndefined()
  expect(network.isOver).toBe(true)
  expect(text(network.take('client'))).toMatch(/^421 /)
})

test('who waits is given up in the end', () => {
  const network = connected()
  network.waitOut()
  expect(network.isOver).toBe(true)
  expect(network.records.at(-1)).toMatchObject({
    type: 'session.close',
    reason: 'timeout.greeting',
  })
})

describe('data connections', () => {
  function passive(): { network: SimulatedNetwork; told: string } {
    const network = loggedIn()
    network.write('client', Buffer.from('EPSV\r\n'))
    network.write('server', Buffer.from('229 ok (|||60007|)\r\n'))
    const told = /\|\|\|(\d+)\|/.exec(text(network.take('client')))?.[1] ?? ''
    return { network, told: `192.0.2.1:${told}` }
  }

  test('go through the pinhole to who listens there', () => {
    const { network, told } = passive()
    network.listen(at('10.0.0.5:60007'))
    expect(network.connectData(at(`${CLIENT}:43000`), at(told))).toBe('let-in')
    expect(network.isCarried).toBe(false)
    network.write('client', Buffer.from('RETR f\r\n'))
    expect(network.isCarried).toBe(true)
  })

  test('are not carried where nobody listens behind', () => {
    const { network, told } = passive()
    network.connectData(at(`${CLIENT}:43000`), at(told))
    network.write('client', Buffer.from('RETR f\r\n'))
    expect(network.isCarried).toBe(false)
    expect(network.records).toContainEqual(expect.objectContaining({ reason: 'data.unreachable' }))
  })

  test('of strangers are dropped, and others find nobody or never come here', () => {
    const { network, told } = passive()
    expect(network.connectData(at('203.0.113.5:43000'), at(told))).toBe('dropped')
    expect(network.connectData(at(`${CLIENT}:43000`), at('192.0.2.1:1'))).toBe('nobody')
    expect(network.connectData(at(`${CLIENT}:43000`), at('10.0.0.5:60007'))).toBe('past')
  })
})
