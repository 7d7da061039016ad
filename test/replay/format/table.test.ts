import { expect, test } from 'vitest'
import { TableOutput } from '../../../src/replay/format/table.ts'
import { replayTo } from './support.ts'

test('for each session what was decided, and the totals', () => {
  const lines: string[] = []
  const output = new TableOutput((line) => lines.push(line))
  replayTo([output])
  output.end()
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "
    session r1  192.0.2.10:40000 → 198.51.100.20:21  2026-11-21T10:00:00.002Z
         0.000  permit    control · rule "no rule file: control" · profile default
         0.017  pinhole   passive from 192.0.2.10 to 198.51.100.20:40000 · rule "no rule file: passive data"  p1
         0.044  data      192.0.2.10:40001 → 198.51.100.20:40000 by pinhole  p1 0 bytes out, 50 back
         0.050  end       quit  5 commands, 1 transfer, 0 refusals

    session r2  192.0.2.11:40000 → 198.51.100.20:21  2026-11-21T10:00:00.005Z
         0.000  permit    control · rule "no rule file: control" · profile default
         0.026  reject    PORT 198,51,100,66,0,80 · port.foreign-address · peer 192.0.2.11
         0.055  end       quit  4 commands, 0 transfers, 1 refusal

    65 packets, 3940 bytes, 2 control connections"
  `)
})
