import { expect, test } from 'vitest'
import { StoryBuilder } from '../../../src/record/audit/story-builder.ts'
import { storyText } from '../../../src/record/audit/story-text.ts'
import { plainStyle } from '../../../src/record/ladder-row.ts'
import { textWidth } from '../../../src/record/text-width.ts'
import { clearSession, entryOfLine, opaqueSession, party, type Sample, seal } from './sample.ts'

function textOf(records: readonly Sample[], columns?: number, eventsMax?: number): string {
  const builder = new StoryBuilder(String(records[0]?.['session']), eventsMax)
  for (const line of seal(records)) builder.accept(entryOfLine(line))
  return storyText(builder.story(), { columns, style: plainStyle })
}

test('a clear session', () => {
  expect(`\n${textOf(clearSession('s1', 'anna'))}`).toMatchInlineSnapshot(`
    "
    rewrites
            AT  FROM    FORM  ANNOUNCED       TOLD
         0.080  server  227   10.0.0.5:51210  203.0.113.1:50021

    pinholes
            AT  NAME  ONLY FROM   LISTENING          LEADS TO        LIFE             END   RULE
         0.070  p1    192.0.2.10  203.0.113.1:50021  10.0.0.5:51210  0.040 s of 30 s  used  partners: passive data

    data connections
            AT  THROUGH  TRANSFER                  FROM              TO              TO CLIENT        TO SERVER  LIFE     END
         0.130  p1       RETR /pub/räksmörgås.zip  192.0.2.10:40001  10.0.0.5:51210  1,000,000 bytes  0 bytes    0.020 s  end
    "
  `)
})

test('an opaque session', () => {
  expect(`\n${textOf(opaqueSession('s2'))}`).toMatchInlineSnapshot(`
    "
    pinholes
            AT  NAME  ONLY FROM    LISTENING                LEADS TO                 LIFE     END   RULE
         0.040  p0    2001:db8::7  2001:db8::1 60000-60100  2001:db8::5 60000-60100  0.060 s  used  (of the session)

    data connections
            AT  THROUGH  TRANSFER  FROM                 TO                   TO CLIENT  TO SERVER      LIFE     END
         0.060  p0       (unread)  [2001:db8::7]:40001  [2001:db8::5]:60003  70 bytes   500,000 bytes  0.010 s  end

    opaque
            AT  HOW                                     UNTIL
         0.030  TLS · TLS 1.3 · TLS_AES_128_GCM_SHA256  clear at 0.090
    "
  `)
})

test('a narrow terminal: a paragraph for each row, and no address is cut', () => {
  const text = textOf(clearSession('s1', 'anna'), 80)
  expect(`\n${text}`).toMatchInlineSnapshot(`
    "
    rewrites
            AT  FROM    FORM  ANNOUNCED       TOLD
         0.080  server  227   10.0.0.5:51210  203.0.113.1:50021

    pinholes
         0.070  name p1 · only from 192.0.2.10 · listening 203.0.113.1:50021
                leads to 10.0.0.5:51210 · life 0.040 s of 30 s · end used
                rule partners: passive data

    data connections
         0.130  through p1 · transfer RETR /pub/räksmörgås.zip
                from 192.0.2.10:40001 · to 10.0.0.5:51210
                to client 1,000,000 bytes · to server 0 bytes · life 0.020 s
                end end
    "
  `)
  for (const row of [...text.split('\n'), ...textOf(opaqueSession('s2'), 80).split('\n')])
    expect(textWidth(row)).toBeLessThanOrEqual(80)
  expect(text).not.toContain('…')
})

test('what is not over, and what is not there, is said', () => {
  const [open, ...rest] = clearSession('s1', 'anna').slice(6, 14)
  const text = textOf([open ?? rest[0] ?? { type: '' }, ...rest, { type: 'new', ...party('s1') }])
  expect(text).toMatch(/p1 +RETR .*still open/)
  expect(text).toContain('1 record is of a type that this version does not know.')
  expect(textOf(clearSession('s1', 'anna'), undefined, 3)).toMatch(
    /\d+ more records are not listed/,
  )
})
