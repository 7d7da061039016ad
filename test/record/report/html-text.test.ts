import { describe, expect, test } from 'vitest'
import { escapeHtml, jsonInHtml, visible } from '../../../src/record/report/html-text.ts'

describe('text of peers', () => {
  test('what is not seen or turns text around is spelled out', () => {
    expect(visible('a\u202egpj.exe\u0000\u200b')).toBe('a\\u{202e}gpj.exe\\u{0}\\u{200b}')
    expect(visible('half a pair: \ud800')).toBe('half a pair: \\u{d800}')
  })

  test('letters of all scripts stay', () => {
    expect(visible('Ünïcödé 日本語 😀')).toBe('Ünïcödé 日本語 😀')
  })

  test('markup is text', () => {
    expect(escapeHtml(`<img src=x onerror='a()'>"&`)).toBe(
      '&lt;img src=x onerror=&#39;a()&#39;&gt;&quot;&amp;',
    )
  })

  test('JSON cannot end its element, and is the same JSON', () => {
    const value = { text: '</script><!--<script>' }
    const json = jsonInHtml(value)
    expect(json).not.toContain('<')
    expect(JSON.parse(json)).toEqual(value)
  })
})
