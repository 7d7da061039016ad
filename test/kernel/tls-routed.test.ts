import { describeTlsMatrix } from './support/tls-suite.ts'

describeTlsMatrix('routed', { family: 4, has: () => true })
