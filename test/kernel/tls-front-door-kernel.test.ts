import { describeTlsMatrix, isTelling } from './support/tls-suite.ts'

describeTlsMatrix('front-door-kernel', { family: 4, has: () => true })
describeTlsMatrix('front-door-kernel', { family: 6, has: isTelling })
