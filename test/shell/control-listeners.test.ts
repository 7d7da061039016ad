import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import pino from 'pino'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Listener } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { type Arrival, ControlListeners } from '../../src/shell/control-listeners.ts'
import { eventually, freePort } from '../support/proxy-in-process.ts'

async function listener(name: string): Promise<Listener> {
  const listen = endpoint(ip('127.0.0.1'), port(await freePort('127.0.0.1')))
  const [found] = frontDoor({ listen, server: endpoint(ip('192.0.2.7'), port(21)) }).listeners
  if (found === undefined) throw new Error('no listener')
  return { ...found, name }
}

test('each connection comes with the listener it came to and both of its ends', async () => {
  const [one, other] = [await listener('one'), await listener('other')]
  const arrivals: Arrival[] = []
  const listeners = new ControlListeners(pino({ level: 'silent' }), (socket, arrival) => {
    arrivals.push(arrival)
    socket.destroy()
  })
  onTestFinished(() => listeners.close())
  await listeners.open([one, other])
  const socket = connect({ host: '127.0.0.1', port: other.listen.port })
  await once(socket, 'connect')
  const client = endpoint(ip('127.0.0.1'), port(socket.localPort ?? 0))
  await eventually(() => arrivals.length === 1, 'arrived')
  expect(arrivals).toEqual([{ listener: 'other', client, local: other.listen }])
  listeners.close()
  const late = connect({ host: '127.0.0.1', port: one.listen.port })
  await expect(once(late, 'connect')).rejects.toThrow('ECONNREFUSED')
})

test('where one cannot listen, the reason of the operating system is given', async () => {
  const one = await listener('one')
  const listeners = new ControlListeners(pino({ level: 'silent' }), (socket) => socket.destroy())
  onTestFinished(() => listeners.close())
  await expect(listeners.open([one, one])).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
