import { PROFTPD } from '../support/peers/proftpd.ts'
import { describeServer } from './server-suite.ts'

describeServer(PROFTPD)
