import { describeClearMatrix } from './support/clear-suite.ts'

describeClearMatrix('gateway-redirect', 'all')
