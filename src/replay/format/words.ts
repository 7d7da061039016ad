/** What a record of a replay says, in a few words; shared by the table and the comparison. */
import { captureWords } from '../../record/ladder-capture.ts'
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
      return {
        what: 'range',
        text: `open from ${record.peer} to ${record.dial ?? 'no port'}${record.active === undefined ? '' : `, and from the server to ${record.active}`}`,
      }
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
    case 'capture.held':
    case 'capture.legs':
    case 'capture.mid-stream':
    case 'capture.gap':
    case 'capture.diverged':
    case 'capture.data':
      return captureWords({ ...record })
    default:
      return undefined
  }
}

/** How many control connections there were; two legs of one session count once. */
export function sessionsText({
  sessions,
  proxied,
}: Extract<ReplayRecord, { type: 'capture.end' }>): string {
  const text = countOf(sessions, 'control connection')
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
