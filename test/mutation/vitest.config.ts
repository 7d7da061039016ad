/** For run.ts, which names the tests: those that judge the group it mutates. */
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: ['test/mutation/same-seed.ts'],
    // As for unit tests; endless loops are ended by Stryker.
    testTimeout: 60_000,
    include: (process.env['MUTATION_TESTS'] ?? '').split(' '),
  },
})

export default config
