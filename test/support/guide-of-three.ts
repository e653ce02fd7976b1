import { afterAll, beforeAll, describe, test } from 'vitest'
import { findProgram } from './found-program.ts'
import { createGuideMachine, type GuideMachine } from './guide-machine.ts'
import { tellProvisioners, tellRenewals, tellRevocations } from './guide-stories.ts'
import { type DatabaseKind, findDatabaseMissing } from './test-database.ts'

/** Tells the guide's stories of a CA of three instances behind HAProxy. */
export async function tellGuideOfThree(kind: Exclude<DatabaseKind, 'sqlite'>): Promise<void> {
  const missing =
    (await findDatabaseMissing(kind)) ??
    (findProgram('haproxy') === undefined ? 'haproxy is not installed' : undefined)
  if (missing !== undefined) return test(`the guide on ${kind}`, ({ skip }) => skip(missing))
  describe(`three instances behind HAProxy, on ${kind}`, () => {
    let machine: GuideMachine

    beforeAll(async () => {
      machine = await createGuideMachine(kind)
    }, 60_000)

    afterAll(() => machine[Symbol.asyncDispose]())

    tellRenewals(() => machine)
    tellRevocations(() => machine, { forms: 'different to the CA' })
    tellProvisioners(() => machine)
  })
}
