import { describe, expect, test, vi } from 'vitest'
import type { Command } from '../../../../src/shell/data-path/kernel/elements.ts'
import { TransactionQueue } from '../../../../src/shell/data-path/kernel/transaction-queue.ts'

/** Commands that are known by the letters of `text`. */
function commands(text: string): readonly Command[] {
  return text.split('').map((key) => ({
    type: 'add',
    element: { set: 's', key, value: undefined, timeoutSeconds: 1, isInterval: false },
  }))
}

function lab(refused: (text: string) => boolean = () => false) {
  const runs: string[] = []
  const answers: string[] = []
  const queue = new TransactionQueue((given) => {
    const text = given.map(({ element }) => element.key).join('')
    runs.push(text)
    if (refused(text)) throw new Error(`refused ${text}`)
  })
  const push = (text: string): void =>
    queue.push({
      commands: commands(text),
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

  test('a change without commands is answered without a transaction', () => {
    const { runs, answers, queue, push } = lab()
    push('')
    queue.flush()
    expect(runs).toEqual([])
    expect(answers).toEqual([' done'])
  })

  test('what an answer pushes is left for the next turn', async () => {
    const { runs, queue, push } = lab()
    queue.push({ commands: commands('a'), settled: () => push('b') })
    queue.flush()
    expect(runs).toEqual(['a'])
    await vi.waitFor(() => expect(runs).toEqual(['a', 'b']))
  })

  test('very many changes are several transactions', () => {
    const { runs, answers, queue, push } = lab()
    for (let count = 0; count < 401; count++) push('aaaaa')
    push('b'.repeat(2000))
    queue.flush()
    expect(runs.map((text) => text.length)).toEqual([1000, 1000, 5, 2000])
    expect(answers).toHaveLength(402)
  })

  test('what is no error is made one', () => {
    const errors: (Error | undefined)[] = []
    const queue = new TransactionQueue(() => {
      throw 'words' as unknown as Error
    })
    queue.push({ commands: commands('a'), settled: (error) => errors.push(error) })
    queue.flush()
    expect(errors).toEqual([new Error('words')])
  })
})
