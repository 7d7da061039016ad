import { describeTlsMatrix, isTelling } from './support/tls-suite.ts'

describeTlsMatrix('routed', { family: 4, has: () => true })
describeTlsMatrix('routed', { family: 6, has: isTelling })
