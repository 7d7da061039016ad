/**
 * What only a capture can tell (docs/replay.md), in words. These records are read from logs as well,
 * where nothing vouches for their fields.
 */

export type CaptureFields = Readonly<Record<string, unknown>>

export interface CaptureWords {
  readonly what: string
  /** Holds nothing that another run would choose differently. */
  readonly text: string
  readonly extra?: string
}

/** `undefined`: this version knows no such record, or it is about no session. */
export function captureWords(fields: CaptureFields): CaptureWords | undefined {
  switch (fields['type']) {
    case 'capture.legs':
      return {
        what: 'legs',
        text: `both are in the capture: client to ${textOf(fields, 'local')}, ${textOf(fields, 'from')} to server`,
        extra: fields['by'] === 'file' ? 'as the file says' : 'known by what was relayed',
      }
    case 'capture.mid-stream':
      return {
        what: 'mid-stream',
        text:
          fields['cause'] === 'gap'
            ? 'goes on behind a gap; that the client is logged in is assumed'
            : 'the capture lacks the beginning; that the client is logged in is assumed',
      }
    case 'capture.gap':
      return {
        what: 'gap',
        text: `${textOf(fields, 'bytes')} bytes of the ${textOf(fields, 'side')} are missing`,
      }
    case 'capture.diverged':
      return {
        what: 'diverged',
        text: `the server said ${textOf(fields, 'code')} to ${textOf(fields, 'verb')}, which is refused here; the rest is not judged`,
      }
    case 'capture.held':
      return { what: 'held', text: heldText(fields) }
    case 'capture.data':
      return dataWords(fields)
    case 'capture.end':
      return { what: 'end', text: endText(fields) }
    default:
      return undefined
  }
}

/** Whether the ladder of the session itself shows all of it. */
export function isShownElsewhere(fields: CaptureFields): boolean {
  if (fields['type'] === 'capture.legs') return true
  return (
    fields['type'] === 'capture.data' && fields['isProxied'] === true && fields['cover'] !== 'none'
  )
}

function dataWords(fields: CaptureFields): CaptureWords {
  const name = textOf(fields, 'pinhole')
  const cover = textOf(fields, 'cover')
  const rule = textOf(fields, 'rule')
  const why = [
    'uncovered',
    textOf(fields, 'reason'),
    rule === '' ? '' : `rule "${rule}"`,
    textOf(fields, 'detail'),
  ].filter((part) => part !== '')
  const [out, back] = [textOf(fields, 'fromBytes'), textOf(fields, 'toBytes')]
  return {
    what: 'data',
    text: `${textOf(fields, 'from')} → ${textOf(fields, 'to')} ${cover === 'none' ? why.join(' · ') : `by ${cover}`}`,
    extra: `${name.slice(name.lastIndexOf('/') + 1)} ${out} bytes out, ${back} back`.trim(),
  }
}

function heldText(fields: CaptureFields): string {
  const verbs = Array.isArray(fields['verbs']) ? fields['verbs'].filter(isText) : []
  const commands = fields['commands']
  const isMore = typeof commands === 'number' && commands > verbs.length
  const noun = commands === 1 ? 'command' : 'commands'
  return `${textOf(fields, 'commands')} ${noun} not judged: ${verbs.join(' ')}${isMore ? ' …' : ''}`
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function endText(fields: CaptureFields): string {
  const problem = textOf(fields, 'problem')
  const proxied = textOf(fields, 'proxied')
  return [
    `${textOf(fields, 'packets')} packets, ${textOf(fields, 'sessions')} control connections`,
    ...(proxied === '' ? [] : [`, ${proxied} of them seen on both legs`]),
    ...(problem === '' ? [] : [`; the capture is not whole: ${problem}`]),
  ].join('')
}

/** A text or number as it stands; nothing for what is missing. */
function textOf(fields: CaptureFields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
