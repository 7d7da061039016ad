import { describe, expect, test, vi } from 'vitest'
import { TransactionQueue } from '../../../../src/shell/data-path/kernel/transaction-queue.ts'

function lab(refused: (text: string) => boolean = () => false) {
  const runs: string[] = []
  const answers: string[] = []
  const queue = new TransactionQueue((text) => {
    runs.push(text)
    if (refused(text)) throw new Error(`refused ${text}`)
  })
  const push = (text: string): void =>
    queue.push({
      text,
      settled: (error) => answers.push(`${text} ${error === undefined ? 'done' : error.message}`),
    })
  return { runs, answers, queue, push }
}

describe('the transaction queue', () => {
  test('makes one transaction of one turn of the event loop', async () => {
    const { runs, answers, push } = lab()
    push('a')
    push('b')
    expect(runs).toEqual([])
    await vi.waitFor(() => expect(answers).toEqual(['a done', 'b done']))
    expect(runs).toEqual(['ab'])
  })

  test('finds out which change is to blame', () => {
    const { runs, answers, queue, push } = lab((text) => text.includes('x'))
    for (const text of ['a', 'b', 'x', 'c']) push(text)
    queue.flush()
    expect(answers).toEqual(['a done', 'b done', 'x refused x', 'c done'])
    expect(runs).toEqual(['abxc', 'ab', 'xc', 'x', 'c'])
  })

  test('a change without text is answered without a transaction', () => {
    const { runs, answers, queue, push } = lab()
    push('')
    queue.flush()
    expect(runs).toEqual([])
    expect(answers).toEqual([' done'])
  })

  test('what an answer pushes is left for the next turn', async () => {
    const { runs, queue, push } = lab()
    queue.push({ text: 'a', settled: () => push('b') })
    queue.flush()
    expect(runs).toEqual(['a'])
    await vi.waitFor(() => expect(runs).toEqual(['a', 'b']))
  })

  test('very many changes are several transactions', () => {
    const { runs, answers, queue, push } = lab()
    for (let count = 0; count < 1001; count++) push('a')
    queue.flush()
    expect(runs.map((text) => text.length)).toEqual([1000, 1])
    expect(answers).toHaveLength(1001)
  })

  test('what is no error is made one', () => {
    const errors: (Error | undefined)[] = []
    const queue = new TransactionQueue(() => {
      throw 'words' as unknown as Error
    })
    queue.push({ text: 'a', settled: (error) => errors.push(error) })
    queue.flush()
    expect(errors).toEqual([new Error('words')])
  })
})
