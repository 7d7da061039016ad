import { describeExplained } from './support/explain-suite.ts'

describeExplained('gateway-tproxy')
