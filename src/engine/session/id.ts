export * from '../id.ts'
