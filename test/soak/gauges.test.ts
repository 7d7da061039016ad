import { expect, test } from 'vitest'
import {
  type Sample,
  cpuSeconds,
  descriptors,
  residentKib,
  rssByMinute,
  rssSlope,
} from './gauges.ts'

function samples(rssKib: (minute: number) => number): readonly Sample[] {
  return Array.from({ length: 300 }, (_, index) => ({
    seconds: index * 2,
    rssKib: rssKib((index * 2) / 60),
    descriptors: 20,
  }))
}

test('the slope is that of the line, in KiB a minute', () => {
  expect(rssSlope(samples((minute) => 100_000 + 300 * minute))).toBeCloseTo(300)
  expect(rssSlope(samples(() => 100_000))).toBeCloseTo(0)
})

test('the warm-up does not count', () => {
  const warming = samples((minute) => (minute < 2 ? 50_000 + 25_000 * minute : 100_000))
  expect(rssSlope(warming)).toBeCloseTo(0)
})

test('each minute has its median', () => {
  const peaked = samples((minute) => (minute === 1 ? 900_000 : 1_000 * Math.floor(minute)))
  expect(rssByMinute(peaked)).toEqual([
    0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000,
  ])
})

test('this process has memory, descriptors and has run', () => {
  expect(residentKib(process.pid)).toBeGreaterThan(1_000)
  expect(descriptors(process.pid)).toBeGreaterThan(3)
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0)
})
