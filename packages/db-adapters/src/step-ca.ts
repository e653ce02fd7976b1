export { type BadgerFolder, openBadgerFolder } from './step-ca/badger/badger-source.ts'
export { openBboltFile } from './step-ca/bbolt/bbolt-source.ts'
export type { StepCaRow, StepCaSource } from './step-ca/step-ca-source.ts'
