import { describeTlsMatrix, isTelling } from './support/tls-suite.ts'

describeTlsMatrix('gateway-tproxy', { family: 4, has: () => true })
describeTlsMatrix('gateway-tproxy', { family: 6, has: isTelling })
