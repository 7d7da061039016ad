import { PYFTPDLIB } from '../support/peers/pyftpdlib.ts'
import { describeServer } from './server-suite.ts'

describeServer(PYFTPDLIB)
