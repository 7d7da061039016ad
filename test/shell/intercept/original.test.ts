import { expect, onTestFinished, test } from 'vitest'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { originalOf } from '../../../src/shell/intercept/original.ts'
import { localEnd } from '../../../src/shell/socket-end.ts'
import { socketPair } from '../../support/sockets.ts'

/** That intercepted connections have one is shown by arrival.test.ts. */
test('a connection that nobody led here has none', async () => {
  const { accepted, dialed } = await socketPair()
  onTestFinished(() => {
    accepted.destroy()
    dialed.destroy()
  })
  const local = localEnd(accepted)
  if (local === undefined) throw new Error('not connected')
  const any = endpoint(ip('0.0.0.0'), local.port)
  expect(originalOf({ intercept: 'none', listen: any }, accepted, local)).toBeUndefined()
  expect(originalOf({ intercept: 'redirect', listen: any }, accepted, local)).toBeUndefined()
  expect(originalOf({ intercept: 'tproxy', listen: any }, accepted, local)).toBeUndefined()
  expect(originalOf({ intercept: 'tproxy', listen: local }, accepted, local)).toBeUndefined()
})

test('tproxy: our end is what the client meant, also on the port of the listener', async () => {
  const { accepted, dialed } = await socketPair()
  onTestFinished(() => {
    accepted.destroy()
    dialed.destroy()
  })
  const listen = endpoint(ip('0.0.0.0'), port(2121))
  for (const meant of [endpoint(ip('192.0.2.7'), port(2121)), endpoint(ip('192.0.2.7'), port(21))])
    expect(originalOf({ intercept: 'tproxy', listen }, accepted, meant)).toEqual(meant)
})
