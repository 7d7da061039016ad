import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', 'test/kernel/**'],
          // For a test that hangs; many start programs, and a busy machine takes its time.
          testTimeout: 60_000,
          // Many wait for programs, and the soak beside them mostly does.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'soak',
          include: ['test/interop/soak.test.ts'],
          globalSetup: ['./test/support/peers/setup.ts'],
          hookTimeout: 300_000,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          exclude: ['test/interop/soak.test.ts', 'test/interop/explain/**'],
          globalSetup: ['./test/support/peers/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Servers have ports that others want too.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          globalSetup: ['./test/support/peers/setup.ts'],
          // A process for each file: its main thread moves into a network namespace for good.
          pool: 'forks',
          isolate: true,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          // Mostly waits for what does not work, on loopback, where those of before have nothing.
          name: 'explain',
          include: ['test/interop/explain/**/*.test.ts'],
          globalSetup: ['./test/support/peers/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

export default config
