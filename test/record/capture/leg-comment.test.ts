import { expect, test } from 'vitest'
import { formatLegComment, parseLegComment } from '../../../src/record/capture/leg-comment.ts'
import { at } from '../../replay/played.ts'

test('what is written is read', () => {
  for (const side of ['client', 'server'] as const) {
    const comment = formatLegComment({ session: 'mwq2n145-1', side }, at('[2001:db8::1]:21'))
    expect(parseLegComment(comment)).toEqual({ session: 'mwq2n145-1', side })
  }
})

test('a comment of somebody else names no leg', () => {
  for (const comment of ['', 'client side', 'session a, client side, peer b and more'])
    expect(parseLegComment(comment)).toBeUndefined()
})
