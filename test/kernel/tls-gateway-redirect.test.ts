import { describeTlsMatrix, isTelling } from './support/tls-suite.ts'

describeTlsMatrix('gateway-redirect', { family: 4, has: isTelling })
describeTlsMatrix('gateway-redirect', { family: 6, has: isTelling })
