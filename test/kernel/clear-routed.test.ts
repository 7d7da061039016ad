import { describeClearMatrix } from './support/clear-suite.ts'

describeClearMatrix('routed', 'all')
