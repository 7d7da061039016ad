/** The answer of `check --transfers-per-second`, with the arithmetic that led to it. */
import { type Load, type RangeNeed, TIME_WAIT_SECONDS } from '../engine/rules/capacity.ts'
import { formatPortRange, rangeSize } from '../net/port.ts'
import { countOf } from './plural.ts'

/** What is asked, in a line. */
export function describeLoad({ transfersPerSecond, clients, transferSeconds }: Load): string {
  const each = `${counted(transferSeconds, 'second')} each`
  return `${counted(transfersPerSecond, 'transfer')} a second by ${countOf(clients, 'client')}, ${each}:`
}

/** Whether one range suffices, and why: a few lines. */
export function describeNeed(need: RangeNeed, load: Load): string {
  const { needed, has, suffices, fittingRate, fittingRateInAll, sharing } = need
  const isEach = sharing === 'client'
  const inAll =
    isEach && load.clients > 1
      ? `, or ${rounded(fittingRateInAll)} with all ${countOf(load.clients, 'client')}`
      : ''
  const lines = [
    `${heading(need)}: ${suffices ? 'enough' : 'too small'}`,
    `  needs ${countOf(needed, 'port')} for ${whose(need)}: ${rounded(need.rate)} a second x ${busy(load)}`,
    `  has   ${countOf(has, 'port')}, enough for ${rounded(fittingRate)} a second${inAll}`,
    ...(isEach
      ? [`  in all: each client has ${wholeOf(need)}, so more clients need no more ports`]
      : []),
    ...(suffices ? [] : [`  ${consequence(need)}`]),
  ]
  return lines.join('\n')
}

function wholeOf({ has, ports }: RangeNeed): string {
  return has === rangeSize(ports) ? 'the whole range' : 'the slice of its worker'
}

function heading({ key, ports, listener, mode, sharing }: RangeNeed): string {
  const name = `${key} ${formatPortRange(ports)}`
  if (listener !== undefined) return `${name} of listener ${listener}`
  return sharing === 'server' ? `${name}, ${mode} mode` : name
}

function busy({ transferSeconds }: Load): string {
  return `(${rounded(transferSeconds)} s transfer + ${TIME_WAIT_SECONDS} s TIME_WAIT)`
}

function whose({ sharing }: RangeNeed): string {
  switch (sharing) {
    case 'client':
      return 'each client'
    case 'server':
      return 'all clients of a server together'
    case 'listener':
      return 'all clients of this server together'
  }
}

/** What happens at that rate. */
function consequence({ sharing, needed, has }: RangeNeed): string {
  const missing = `${countOf(needed - has, 'port')} too few: `
  switch (sharing) {
    case 'client':
      return `${missing}a client gets ports again whose last connection TCP has not forgotten`
    case 'server':
      return `${missing}the server, which connects from port 20, cannot connect to one again so soon`
    case 'listener':
      return `${missing}the server runs out of ports, or uses them again too soon`
  }
}

/** Three digits are more than anybody knows about a load. */
function rounded(value: number): string {
  return String(value >= 1_000 ? Math.floor(value) : Number(value.toPrecision(3)))
}

function counted(value: number, noun: string): string {
  return `${rounded(value)} ${noun}${value === 1 ? '' : 's'}`
}
