import { describeClearMatrix } from './support/clear-suite.ts'

describeClearMatrix('nat-gateway', 'all')
