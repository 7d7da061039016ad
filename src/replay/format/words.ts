/** What a record of a replay says, in a few words; shared by the table and the comparison. */
import type { ReplayRecord } from '../record.ts'

export interface Words {
  /** What happened: `reject`, `rewrite`, `pinhole` … */
  readonly what: string
  /** To what, and why. Holds nothing that another run would choose differently. */
  readonly text: string
  /** What may differ between two runs that decide the same: ports of ours, totals. */
  readonly extra?: string
}

/** `undefined` for what passes as it came, and for what only repeats another record. */
export function wordsOf(record: ReplayRecord): Words | undefined {
  switch (record.type) {
    case 'verdict': {
      const { verdict, verb, argument, reason, rule, detail } = record
      const subject = [verb, argument].filter((part) => part !== undefined).join(' ')
      return { what: verdict, text: join(subject, reason, ruleText(rule), detail) }
    }
    case 'session.refused':
      return { what: 'refused', text: join('control', record.reason, ruleText(record.rule)) }
    case 'session.open':
      return {
        what: 'permit',
        text: join('control', ruleText(record.rule), `profile ${record.profile}`),
      }
    case 'rewrite':
      return {
        what: 'rewrite',
        text: join(record.form, record.before),
        extra: `→ ${record.as === undefined ? '' : `${record.as} `}${record.after}`,
      }
    case 'pinhole.open':
      return {
        what: 'pinhole',
        text: join(`${record.mode} from ${record.peer} to ${record.dial}`, ruleText(record.rule)),
        extra: shortName(record.pinhole),
      }
    case 'pinhole.close':
      return record.reason === 'used'
        ? undefined
        : { what: 'pinhole', text: `closed: ${record.reason}`, extra: shortName(record.pinhole) }
    case 'range.open':
      return { what: 'range', text: `open from ${record.peer} to ${record.dial}` }
    case 'range.close':
      return {
        what: 'range',
        text: 'closed',
        extra: countOf(record.connections, 'data connection'),
      }
    case 'channel.opaque':
      return { what: 'opaque', text: join(record.mechanism, record.version, record.cipher) }
    case 'channel.clear':
      return { what: 'clear', text: `the ${record.side} can be read again` }
    case 'data.refused':
      return { what: 'drop-data', text: join(record.peer, record.reason) }
    case 'session.close':
      return {
        what: 'end',
        text: record.reason,
        extra: [
          countOf(record.commands, 'command'),
          countOf(record.transfers, 'transfer'),
          countOf(record.refusals, 'refusal'),
        ].join(', '),
      }
    case 'capture.legs':
    case 'capture.mid-stream':
    case 'capture.gap':
    case 'capture.diverged':
    case 'capture.data':
      return captureWords(record)
    default:
      return undefined
  }
}

type OfCapture = Extract<
  ReplayRecord,
  {
    type:
      | 'capture.legs'
      | 'capture.mid-stream'
      | 'capture.gap'
      | 'capture.diverged'
      | 'capture.data'
  }
>

function captureWords(record: OfCapture): Words {
  switch (record.type) {
    case 'capture.legs':
      return {
        what: 'legs',
        text: `both are in the capture: client to ${record.local}, ${record.from} to server`,
        extra: record.by === 'file' ? 'as the file says' : 'known by what was relayed',
      }
    case 'capture.mid-stream':
      return {
        what: 'mid-stream',
        text:
          record.cause === 'gap'
            ? 'goes on behind a gap; that the client is logged in is assumed'
            : 'the capture lacks the beginning; that the client is logged in is assumed',
      }
    case 'capture.gap':
      return { what: 'gap', text: `${record.bytes} bytes of the ${record.side} are missing` }
    case 'capture.diverged':
      return {
        what: 'diverged',
        text: `the server said ${record.code} to ${record.verb}, which is refused here; the rest is not judged`,
      }
    case 'capture.data': {
      const { from, to, cover, reason, rule, detail, fromBytes, toBytes } = record
      const name = record.pinhole === undefined ? '' : ` ${shortName(record.pinhole)}`
      const why =
        cover === 'none' ? join('uncovered', reason, ruleText(rule), detail) : `by ${cover}`
      return {
        what: 'data',
        text: `${from} → ${to} ${why}`,
        extra: `${name} ${fromBytes} bytes out, ${toBytes} back`.trim(),
      }
    }
  }
}

/** How many control connections there were; two legs of one session count once. */
export function sessionsText({
  sessions,
  proxied,
}: Extract<ReplayRecord, { type: 'capture.end' }>): string {
  const text = `${sessions} control connections`
  return proxied === undefined ? text : `${text}, ${proxied} of them seen on both legs`
}

function ruleText(rule: string | undefined): string | undefined {
  return rule === undefined || rule === '' ? undefined : `rule "${rule}"`
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ')
}

function shortName(pinhole: string): string {
  return pinhole.slice(pinhole.lastIndexOf('/') + 1)
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
