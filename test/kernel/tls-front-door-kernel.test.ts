import { describeTlsMatrix } from './support/tls-suite.ts'

describeTlsMatrix('front-door-kernel', { family: 4, has: () => true })
