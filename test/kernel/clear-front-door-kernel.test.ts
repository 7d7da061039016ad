import { describeClearMatrix } from './support/clear-suite.ts'

describeClearMatrix('front-door-kernel', 'all')
