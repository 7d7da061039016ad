import { readFileSync } from 'node:fs'
import pino from 'pino'
import { beforeEach, expect, test } from 'vitest'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import { ORIGINAL_DESTINATION, type Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port, portRange } from '../../src/net/port.ts'
import { HostChanges } from '../../src/shell/host-changes.ts'
import { requireNamespaces, useLab } from './intercept/lab.ts'

const lab = useLab()
beforeEach(requireNamespaces)

const front = frontDoor({
  listen: endpoint(ip('0.0.0.0'), port(2121)),
  server: endpoint(ip('192.0.2.7'), port(21)),
  passivePorts: portRange(50_000, 50_099),
})
const gateway: Ruleset = {
  ...front,
  reservePorts: true,
  listeners: front.listeners.map((listener) => ({
    ...listener,
    intercept: 'tproxy',
    server: ORIGINAL_DESTINATION,
  })),
}
const options = { isInstalling: true, logger: pino({ level: 'silent' }) }

function reserved(): string {
  return readFileSync('/proc/sys/net/ipv4/ip_local_reserved_ports', 'utf8').trim()
}

function tables(): string {
  return lab().firewall.run('nft', ['list', 'tables'])
}

test('ports are reserved and connections led here until they are not', () => {
  const changes = new HostChanges(gateway, options)
  expect(reserved()).toBe('50000-50099')
  expect(tables()).toContain('portcullis_intercept')
  changes.update({ ...gateway, passivePorts: portRange(40_000, 40_009) })
  expect(reserved()).toBe('40000-40009')
  changes.undo()
  expect(reserved()).toBe('')
  expect(tables()).not.toContain('portcullis_intercept')
})

test('nothing is reserved when nobody asked', () => {
  const changes = new HostChanges(front, options)
  changes.update(front)
  expect(reserved()).toBe('')
  changes.undo()
})

test('ports are free again when the rest fails', () => {
  const listeners = gateway.listeners.map((listener) => ({
    ...listener,
    interceptInterfaces: ['"'],
  }))
  expect(() => new HostChanges({ ...gateway, listeners }, options)).toThrow('is no name of')
  expect(reserved()).toBe('')
})
