import { describe, expect, test } from 'vitest'
import { overviewHtml } from '../../../src/record/report/overview-html.ts'
import { modelOf } from '../../report/make-report.ts'
import { CLOSED, DOWNLOAD, linesOf, OPENED } from './story-fixture.ts'

describe('overviewHtml', () => {
  const html = overviewHtml(
    modelOf(
      linesOf([
        OPENED,
        ...DOWNLOAD,
        [
          50,
          'verdict',
          { verdict: 'reject', reason: 'cmd.denied', side: 'client', rule: '<b>"x"' },
        ],
        CLOSED,
      ]),
    ),
  )

  test('totals', () => {
    expect(html).toContain('<dt>Sessions</dt><dd>1</dd>')
    expect(html).toContain('<dt>To clients</dt><dd>500 B</dd>')
    expect(html).toContain('tile refusal"><dt>Refusals</dt><dd>1</dd>')
  })

  test('each row finds its sessions', () => {
    expect(html).toContain('data-token="client:&quot;10.1.1.5&quot;"')
    expect(html).toContain('data-token="reason:&quot;cmd.denied&quot;"')
    expect(html).toContain('data-token="rule:&quot;passive data&quot;"')
  })

  test('a reason comes with its sentence', () => {
    expect(html).toContain('the profile or the proxy does not let this command through')
  })

  test('names from a log are text', () => {
    expect(html).not.toContain('<b>"x"')
    expect(html).toContain('&lt;b&gt;&quot;x&quot;')
  })

  test('an empty log has an overview too', () => {
    const nothing = overviewHtml(modelOf([]))
    expect(nothing).toContain('Nothing happened.')
    expect(nothing).toContain('Nothing was refused.')
    expect(nothing).not.toContain('NaN')
  })
})
