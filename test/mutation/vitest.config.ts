/** For run.ts, which names the tests: those that judge the group it mutates. */
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: ['test/mutation/same-seed.ts'],
    include: (process.env['MUTATION_TESTS'] ?? '').split(' '),
  },
})

export default config
