import { describeTlsMatrix, isTelling } from './support/tls-suite.ts'

describeTlsMatrix('gateway-redirect', { family: 4, has: () => true })
describeTlsMatrix('gateway-redirect', { family: 6, has: isTelling })
